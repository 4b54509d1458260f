"""Regression: numbers measured now against numbers measured before."""
