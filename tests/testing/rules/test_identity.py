from __future__ import annotations

from synact_bench.experiments import HOLDOUT, NATIVE, REAL
from synact_bench.generators import BUILTINS
from synact_bench.testing.rules.identity import taken_names


def test_the_names_of_all_rows_of_the_benchmark_are_taken():
    assert taken_names() >= {*BUILTINS, *REAL, HOLDOUT, NATIVE, "ladder-0.5"}
    assert "my-method" not in taken_names()
