"""Claims that ask for limits, for what a recurrence comes to, or for a minimum."""
