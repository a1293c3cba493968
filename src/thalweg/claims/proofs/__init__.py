"""Proofs by canonical form and by what is known of norms."""
