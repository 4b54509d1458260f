"""The pytest plugin: cells as tests. Hooks and options are in ``plugin``, which pytest loads."""
