"""What would make a false claim true."""
