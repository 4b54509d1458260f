"""Realism@1 beside realism@2, of cells of the first engine; it goes with the next release."""
