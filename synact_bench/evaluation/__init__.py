"""Scoring from Python and notebooks: one call, one result."""
