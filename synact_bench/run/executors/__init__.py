"""Executors: units of work mapped to workers, here or elsewhere, with the same numbers."""
