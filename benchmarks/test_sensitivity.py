"""The cells of sensitivity, as a checkout runs them beside the tests of speed."""

from synact_bench.suite.test_sensitivity import test_sensitivity

__all__ = ["test_sensitivity"]
