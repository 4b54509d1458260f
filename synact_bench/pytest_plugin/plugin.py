"""pytest options and fixtures: each benchmark cell is a test item.

A test that takes ``synact_cell`` and carries ``@pytest.mark.synact_experiment(name)`` runs once for
every cell of that experiment which the options ask for. The model libraries are imported only when
a cell has to be measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from synact_bench.core.errors import PluginError, SynactError
from synact_bench.core.warning_filters import warnings_heard
from synact_bench.pytest_plugin import options
from synact_bench.pytest_plugin.cells import (
    Opener,
    asked_properties,
    is_worker,
    isolated,
    markers,
    marks,
    measured_properties,
    refused,
    request_of,
    told,
)
from synact_bench.pytest_plugin.company import begin, message, tell
from synact_bench.pytest_plugin.comparison import MEASURED_CELL, Comparing
from synact_bench.pytest_plugin.minimum import OPTION as MINIMUM
from synact_bench.pytest_plugin.minimum import Minimum
from synact_bench.pytest_plugin.report import Reporting
from synact_bench.run.options import COMPARE
from synact_bench.run.options import MINIMUM as MINIMUM_HELP

if TYPE_CHECKING:
    from synact_bench.results.store import Cell
    from synact_bench.run.plan import CellPlan

COMPARING = "synact_bench_comparing"
REFUSED: pytest.StashKey[str] = pytest.StashKey()
FAILED: pytest.StashKey[dict[str, str]] = pytest.StashKey()
"""What was said of rows that failed, by name: a plugin that hangs does so once."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of ``synact-bench run``, prefixed: another suite may have its own."""
    group = parser.getgroup("synact_bench", "benchmark of synthetic activations")
    group.addoption("--synact-compare", metavar="BASELINE", default=None, help=COMPARE)
    group.addoption(MINIMUM, metavar="PART=REALISM", action="append", default=[], help=MINIMUM_HELP)
    options.add(group)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers; compare, or ask for a minimum, if that was asked for."""
    config.addinivalue_line(
        "markers", "synact_experiment(name): the experiment whose cells a test runs over"
    )
    for line in markers():
        config.addinivalue_line("markers", line)
    reporting = Reporting(config)
    # What is registered last is called first: the board, then what is said of it, the gravest last.
    if config.getoption(MINIMUM):
        config.pluginmanager.register(Minimum(config, reporting), "synact_bench_minimum")
    if config.getoption("--synact-compare"):
        config.pluginmanager.register(Comparing(config), COMPARING)
    config.pluginmanager.register(reporting, "synact_bench_reporting")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuse a baseline that cannot be compared with, before anything is measured.

    Raises:
        pytest.UsageError: it cannot.
    """
    config = session.config
    shared = config.getoption("dist", "no") != "no"  # workers cannot refuse an option in a line
    if is_worker(config) or not (_comparing(config) or (shared and options.any_given(config))):
        return
    try:
        plans = request_of(config).plans
        if plans and (comparing := _comparing(config)):
            comparing.stored()
    except SynactError as error:
        raise pytest.UsageError(message(error, config)) from error


def _comparing(config: pytest.Config) -> Comparing | None:
    found = config.pluginmanager.get_plugin(COMPARING)
    return found if isinstance(found, Comparing) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one item of each cell; what cannot be made is refused once all is collected."""
    if "synact_cell" not in metafunc.fixturenames:
        return
    cells = []
    try:
        for plan in _plans(metafunc):
            name = f"{plan.entry.name}-{plan.path}"
            cells.append(pytest.param(plan, id=name, marks=marks(plan)))
        for target, error in refused(metafunc.config).items():
            cells.append(pytest.param(error, id=f"{target}-refused"))
    except SynactError as error:
        metafunc.config.stash[REFUSED] = message(error, metafunc.config)
    metafunc.parametrize("synact_cell", cells, indirect=True)


def _plans(metafunc: pytest.Metafunc) -> list[CellPlan]:
    """The cells of the test's experiment that the options ask for."""
    from synact_bench.core.experiments import EXPERIMENTS  # noqa: PLC0415  (only where needed)

    marker = metafunc.definition.get_closest_marker("synact_experiment")
    name = marker.args[0] if marker and marker.args else None
    if name not in EXPERIMENTS:
        raise SynactError(
            f"there is no experiment {name!r}" if name else "its experiment is not named",
            where=metafunc.definition.nodeid,
            fix="mark it @pytest.mark.synact_experiment(name), name one of: "
            + ", ".join(EXPERIMENTS),
        )
    return [plan for plan in request_of(metafunc.config).plans if plan.experiment.name == name]


def pytest_collection_modifyitems(config: pytest.Config) -> None:
    """Stop before anything runs if an option or a marker names something that does not exist.

    Raises:
        pytest.UsageError: it does.
    """
    # An error raised while tests are made would show as a traceback.
    if REFUSED in config.stash:
        raise pytest.UsageError(config.stash[REFUSED])


@pytest.fixture(scope="session")
def synact_bench_opener(pytestconfig: pytest.Config) -> Opener:
    """Call it for what cells share."""
    return Opener(pytestconfig)


@pytest.fixture
def synact_cell(
    request: pytest.FixtureRequest,
    pytestconfig: pytest.Config,
    synact_bench_opener: Opener,
) -> Cell:
    """The stored cell of this item, measured first if it is missing, or to be compared.

    A mistake of the user, such as a plugin that breaks the contract, fails the test with its
    message and the plugin's own part of the traceback.
    """
    if isinstance(request.param, PluginError):
        pytest.fail(told(request.param, None, pytestconfig), pytrace=False)
    plan: CellPlan = request.param
    failed = pytestconfig.stash.setdefault(FAILED, {})
    begin(request.node)
    try:
        tell(request.node, asked_properties(plan))
        if plan.entry.name in failed:
            pytest.fail(failed[plan.entry.name], pytrace=False)
        cell = _measured(plan, pytestconfig, synact_bench_opener)
        tell(request.node, measured_properties(cell))
    except SynactError as error:
        said = told(error, plan.entry.generator, pytestconfig)
        if isinstance(error, PluginError) and plan.entry.generator is not None:
            failed[plan.entry.name] = said
            if not isolated(plan.entry.generator):  # which may have changed what others share
                synact_bench_opener.forget()
        pytest.fail(said, pytrace=False)
    request.node.stash[MEASURED_CELL] = cell
    return cell


@warnings_heard()
def _measured(plan: CellPlan, config: pytest.Config, opener: Opener) -> Cell:
    from synact_bench.run import runner  # noqa: PLC0415  (loads the model libraries)
    from synact_bench.run.progress import Silent  # noqa: PLC0415  (pytest has its own)

    store = request_of(config).store
    # What was stored before the code changed would hide that it did.
    again = _comparing(config) is not None
    if again or not store.holds(plan.identity, events=plan.events):
        runner.run([plan], store, opener, Silent(), again=again, kept=True)
    return store.cell(plan.identity)
