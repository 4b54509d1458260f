"""Speed is measured on demand only; what was measured is shown at the end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest

from benchmarks import tables
from benchmarks.tables import Table
from synact_bench.core.warning_filters import warnings_heard
from synact_bench.run.options import DEFAULT_TESTBED

TABLES: pytest.StashKey[list[Table]] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Import the model libraries, which tests of speed do, as cells do."""
    with warnings_heard():
        return (yield)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the minutes of speed measurement to those who ask for them."""
    if config.getoption("benchmark_only", default=False):
        return
    for item in items:
        if "benchmark" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason="speed is measured with --benchmark-only"))


@pytest.fixture(scope="session")
def testbed_name(pytestconfig: pytest.Config) -> str:
    """The testbed that is measured on: that of ``--synact-testbed``, or the default one."""
    return pytestconfig.getoption("--synact-testbed") or DEFAULT_TESTBED


@pytest.fixture(scope="session")
def show(pytestconfig: pytest.Config) -> Callable[[Table], None]:
    """Call it with a finished table: written at once, shown when all tests are done."""

    def keep(table: Table) -> None:
        table.write(tables.FOLDER)
        pytestconfig.stash.setdefault(TABLES, []).append(table)

    return keep


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Show the tables of this session."""
    for table in config.stash.get(TABLES, []):
        terminalreporter.section(table.title)
        terminalreporter.write_line(table.text)
