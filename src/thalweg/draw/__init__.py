"""Results as figures: the only room that imports the plotting library."""
