"""Shared by tests/ and benchmarks/."""

import matplotlib as mpl

mpl.use("Agg")  # no test may open a window
pytest_plugins = ["pytester"]
