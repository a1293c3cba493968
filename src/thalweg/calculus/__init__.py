"""Derivatives of matrix expressions of any size, in the row convention, step by step."""
