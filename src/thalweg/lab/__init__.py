"""The laboratory in the browser: an index, and one page a topic where what is dragged is answered at once."""
