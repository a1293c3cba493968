"""Numbers as ratios of polynomials, and statements about numbers rewritten."""
