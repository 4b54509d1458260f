"""Where generators, subject and metrics meet."""
