"""The cells of plateau, as a checkout runs them beside the tests of speed."""

from synact_bench.suite.test_plateau import test_plateau

__all__ = ["test_plateau"]
