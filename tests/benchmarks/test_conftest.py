from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import tables
from synact_bench.run.options import DEFAULT_TESTBED

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SUITE = """
    from benchmarks.tables import Table

    def test_speed(benchmark, show):
        benchmark.pedantic(lambda: None)
        show(Table("some", "some speed", [{"rate": 1.5}]))

    def test_score():
        pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite of one speed and one score, with the benchmarks' own conftest."""
    monkeypatch.setattr(tables, "FOLDER", pytester.path / "results")
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # workers measure no speed
    pytester.makeconftest((BENCHMARKS / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(SUITE)
    return pytester


def test_speed_is_left_out_unless_asked_for(suite: pytest.Pytester) -> None:
    result = suite.runpytest_inprocess("-rs", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*speed is measured with --benchmark-only"])
    assert not tables.FOLDER.exists()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [((), DEFAULT_TESTBED), (("--synact-testbed", "gpt2-small"), "gpt2-small")],
)
def test_speed_is_measured_on_the_default_testbed_or_the_one_asked_for(
    asked: tuple[str, ...], expected: str, suite: pytest.Pytester
) -> None:
    suite.makepyfile(f"""
        def test_it(benchmark, testbed_name):
            assert benchmark.pedantic(lambda: testbed_name) == {expected!r}
    """)
    result = suite.runpytest_inprocess("--benchmark-only", "-p", "no:cacheprovider", *asked)
    result.assert_outcomes(passed=1)


def test_tables_are_shown_and_kept(suite: pytest.Pytester) -> None:
    result = suite.runpytest_inprocess("--benchmark-only", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*= some speed =*", "|*rate |", "|*1.5 |"])
    stored = json.loads((tables.FOLDER / "some.json").read_text(encoding="utf-8"))
    assert stored["rows"] == [{"rate": 1.5}]
