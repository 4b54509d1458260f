"""pytest options and fixtures for running benchmark cells as tests."""
