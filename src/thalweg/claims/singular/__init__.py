"""Claims about functions of one matrix, proved through its singular values."""
