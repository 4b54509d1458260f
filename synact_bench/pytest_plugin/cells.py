"""What the pytest plugin knows of cells: which there are, their markers, properties and opening."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import pytest

from synact_bench.core.errors import PluginError, SynactError
from synact_bench.core.warning_filters import warnings_heard
from synact_bench.pytest_plugin.company import Properties, message
from synact_bench.pytest_plugin.options import run_options

if TYPE_CHECKING:
    from synact_bench.generators.base import Generator
    from synact_bench.isolation.isolated import Isolated
    from synact_bench.results.store import Cell
    from synact_bench.run.plan import CellPlan
    from synact_bench.run.request import Request
    from synact_bench.run.session import Session

CELL = "synact_cell"
"""Property of a report that names the stored cell which its item measured."""
_REQUEST: pytest.StashKey[Request] = pytest.StashKey()


def is_worker(config: pytest.Config) -> bool:
    """Whether this process runs tests for another one (pytest-xdist)."""
    return hasattr(config, "workerinput")


@warnings_heard()
def request_of(config: pytest.Config) -> Request:
    """What the options ask for, resolved once.

    Raises:
        SynactError: an option names something that does not exist.
    """
    from synact_bench.run.opening import open_request  # noqa: PLC0415  (pytest starts without torch)

    if _REQUEST not in config.stash:
        config.stash[_REQUEST] = open_request(run_options(config))
    return config.stash[_REQUEST]


def refused(config: pytest.Config) -> dict[str, PluginError]:
    """Why plugins that were asked for can have no row, by target.

    Raises:
        SynactError: as ``request_of``.
    """
    return request_of(config).roster.refused


def markers() -> list[str]:
    """Lines that declare every marker a cell can have."""
    from synact_bench.core.experiments import EXPERIMENTS  # noqa: PLC0415  (only where needed)
    from synact_bench.paths import PATHS  # noqa: PLC0415

    kinds = {name: f"a cell of the {name} experiment" for name in EXPERIMENTS}
    kinds |= {name: f"a cell of {name} paths" for name in PATHS}
    kinds |= {
        "draw": "a cell of real activations or Gaussian samples that no generator makes",
        "control": "a cell of a row whose place is known beforehand",
        "unconditional": "a cell of a generator of the unconditional track",
        "conditioned": "a cell of a generator of the conditioned track",
    }
    return [f"synact_{name}: {meaning}" for name, meaning in kinds.items()]


def marks(plan: CellPlan) -> list[pytest.MarkDecorator]:
    """The markers of one cell, for ``-m``."""
    from synact_bench.core.experiments import CONTROLS  # noqa: PLC0415  (only where needed)

    names = [plan.experiment.name, plan.path]
    generator = plan.entry.generator
    names.append("draw" if generator is None else generator.card.track)
    if plan.entry.name in CONTROLS:
        names.append("control")
    return [getattr(pytest.mark, f"synact_{name}") for name in names]


def asked_properties(plan: CellPlan) -> Properties:
    """What JUnit is told of a cell before it is measured: what it is."""
    own = plan.identity
    return [
        ("generator", f"{own.generator.name}@{own.generator.version}"),
        ("experiment", own.experiment),
        ("path", own.path),
    ]


def measured_properties(cell: Cell) -> Properties:
    """What JUnit is told of a cell that was measured: its size and its means.

    A metric ``m`` with numbers gives ``m.mean``, in its unit; none in a cell of too few documents
    to read anything off, as all are of the smoke preset.
    """
    record = cell.record
    found: Properties = [
        (CELL, record.identity.stem),
        ("paths", record.paths),
        ("dropped", record.dropped),
        ("points_run", record.points_run),
    ]
    if not readable(cell):
        return found
    means = {name: each.defined for name, each in cell.sample.values.items() if len(each.defined)}
    return found + [(f"{name}.mean", f"{each.mean():.6g}") for name, each in means.items()]


def readable(cell: Cell) -> bool:
    """Whether a cell has the documents that a number of it needs."""
    from synact_bench.scoring.resampling import FEWEST_DOCUMENTS  # noqa: PLC0415  (loads scipy)

    return len({*cell.table.document}) >= FEWEST_DOCUMENTS


def tell_junit(config: pytest.Config, told: Callable[[], Properties]) -> None:
    """Add properties to the suite of a JUnit report, if there is one."""
    for plugin in config.pluginmanager.get_plugins():
        if hasattr(plugin, "add_global_property"):
            for name, value in told():
                plugin.add_global_property(name, value)


def told(error: SynactError, generator: Generator | Isolated | None, config: pytest.Config) -> str:
    """An error as a failed cell shows it: its line, then the generator's part of the traceback."""
    from synact_bench.generators.plugin_errors import own_traceback  # noqa: PLC0415  (loads torch)

    line = message(error, config)
    if isinstance(error, PluginError) and error.trace:
        return f"{line}\n\n{error.trace}"
    if generator is None or error.__cause__ is None:
        return line
    trace = own_traceback(error.__cause__, cast("Generator", generator))
    return f"{line}\n\n{trace}" if trace else line


def isolated(generator: Generator | Isolated) -> bool:
    """Whether it runs in a process of its own."""
    from synact_bench.isolation.isolated import Isolated  # noqa: PLC0415  (loads torch)

    return isinstance(generator, Isolated)


class Opener:
    """Opens what cells share, on the first call only; what was refused once stays refused."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._opened: Session | SynactError | None = None

    def __call__(self) -> Session:
        """What cells share.

        Raises:
            SynactError: the testbed cannot be opened.
        """
        if self._opened is None:
            self._opened = self._open()
        if isinstance(self._opened, SynactError):
            raise self._opened
        return self._opened

    def forget(self) -> None:
        """Open again next time: a plugin in this process may have changed what cells share."""
        self._opened = None

    def _open(self) -> Session | SynactError:
        if is_worker(self._config):
            _share_cores()
        try:
            return request_of(self._config).session()
        except SynactError as error:
            return error


def _share_cores() -> None:
    """Each worker takes its part of the threads: together they would wait for each other."""
    import torch  # noqa: PLC0415  (loaded with the model)

    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    torch.set_num_threads(max(1, torch.get_num_threads() // workers))
