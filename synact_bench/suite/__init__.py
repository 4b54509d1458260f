"""The suite: every cell a test, as ``pytest --pyargs synact_bench.suite`` runs it from anywhere."""
