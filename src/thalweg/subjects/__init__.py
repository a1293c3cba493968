"""Makers of problems, and the closed forms that belong to one subject only."""
