"""Claims about numbers, decided by z3."""
