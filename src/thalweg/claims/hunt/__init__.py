"""The hunt for counterexamples: small exact cases, floats, boundaries, ascent; and what is found made small."""
