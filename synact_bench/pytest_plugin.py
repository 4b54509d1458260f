"""pytest options and fixtures: each benchmark cell is a test item.

A test that takes ``synact_cell`` and carries ``@pytest.mark.synact_experiment(name)`` runs once for
every cell of that experiment which the options ask for. The model libraries are imported only when
a cell has to be measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from synact_bench.errors import PluginError, SynactError
from synact_bench.harness import options

if TYPE_CHECKING:
    from synact_bench.harness.bench import Bench
    from synact_bench.harness.plan import CellPlan
    from synact_bench.harness.request import Request
    from synact_bench.results.store import Cell

REQUEST: pytest.StashKey[Request] = pytest.StashKey()
MEASURED: pytest.StashKey[bool] = pytest.StashKey()
REFUSED: pytest.StashKey[str] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of ``synact-bench run``; names that others may want carry a prefix."""
    group = parser.getgroup("synact_bench", "benchmark of synthetic activations")
    group.addoption("--testbed", default="smollm2-135m", help=options.TESTBED)
    group.addoption("--preset", default="smoke", help=options.PRESET)
    group.addoption("--generator", action="append", default=[], help=options.GENERATOR)
    group.addoption("--synact-seed", type=int, default=None, help=options.SEED)
    group.addoption("--synact-runs", default="runs", help=options.RUNS)
    group.addoption("--synact-text", default=None, help=options.TEXT)
    group.addoption("--synact-dense", action="store_true", help=options.DENSE)
    group.addoption(
        "--synact-precision",
        choices=("float32", "mixed"),
        default="float32",
        help=options.PRECISION,
    )
    group.addoption("--synact-device", default="cpu", help=options.DEVICE)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line(
        "markers", "synact_experiment(name): the experiment whose cells a test runs over"
    )


def _request(config: pytest.Config) -> Request:
    from synact_bench.harness.request import Request  # noqa: PLC0415  (pytest starts without torch)

    if REQUEST not in config.stash:
        text = config.getoption("--synact-text")
        config.stash[REQUEST] = Request.resolve(
            testbed=config.getoption("--testbed"),
            preset=config.getoption("--preset"),
            generators=config.getoption("--generator"),
            seed=config.getoption("--synact-seed"),
            text=Path(text) if text else None,
            runs=Path(config.getoption("--synact-runs")),
            dense=config.getoption("--synact-dense"),
            precision=config.getoption("--synact-precision"),
            device=config.getoption("--synact-device"),
        )
    return config.stash[REQUEST]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one item of each cell; what cannot be made is refused once all is collected."""
    if "synact_cell" not in metafunc.fixturenames:
        return
    try:
        plans = _plans(metafunc)
    except SynactError as error:
        metafunc.config.stash[REFUSED] = str(error)
        plans = []
    cells = [pytest.param(plan, id=f"{plan.entry.name}-{plan.path}") for plan in plans]
    metafunc.parametrize("synact_cell", cells, indirect=True)


def _plans(metafunc: pytest.Metafunc) -> list[CellPlan]:
    """The cells of the test's experiment that the options ask for."""
    from synact_bench.experiments import EXPERIMENTS  # noqa: PLC0415  (only where needed)

    marker = metafunc.definition.get_closest_marker("synact_experiment")
    name = marker.args[0] if marker and marker.args else None
    if name not in EXPERIMENTS:
        raise SynactError(
            f"there is no experiment {name!r}" if name else "its experiment is not named",
            where=metafunc.definition.nodeid,
            fix="mark it @pytest.mark.synact_experiment(name), name one of: "
            + ", ".join(EXPERIMENTS),
        )
    return [plan for plan in _request(metafunc.config).plans if plan.experiment.name == name]


def pytest_collection_modifyitems(config: pytest.Config) -> None:
    """Stop before anything runs if an option or a marker names something that does not exist.

    Raises:
        pytest.UsageError: it does.
    """
    # An error raised while tests are made would show as a traceback.
    if REFUSED in config.stash:
        raise pytest.UsageError(config.stash[REFUSED])


class Opener:
    """Opens what cells share, on the first call only; what was refused once stays refused."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._opened: Bench | SynactError | None = None

    def __call__(self) -> Bench:
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
        """Open anew next time: a faulty plugin may have changed what other cells share."""
        self._opened = None

    def _open(self) -> Bench | SynactError:
        from synact_bench.harness import runner  # noqa: PLC0415  (loads the model libraries)

        request = _request(self._config)
        try:
            return runner.prepared(request)
        except SynactError as error:
            return error


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
    """The stored cell of this item, measured first if it is missing.

    A mistake of the user, such as a plugin that breaks the contract, fails the test with its
    message alone.
    """
    from synact_bench.harness import runner  # noqa: PLC0415  (loads the model libraries)

    plan: Any = request.param
    store = _request(pytestconfig).store
    try:
        if not store.holds(plan.identity):
            runner.run([plan], store, synact_bench_opener, _Silent())
        pytestconfig.stash[MEASURED] = True
        return store.cell(plan.identity)
    except SynactError as error:
        if isinstance(error, PluginError):
            synact_bench_opener.forget()
        pytest.fail(str(error), pytrace=False)


class _Silent:
    """Progress is pytest's own."""

    def started(self, label: str) -> None:
        """Say nothing."""

    def advanced(self, points: int) -> None:
        """Say nothing."""


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Show the board of the cells that this session ran over, if they make a whole one."""
    if not config.stash.get(MEASURED, False):
        return
    from synact_bench.harness import plan  # noqa: PLC0415  (only where needed)
    from synact_bench.leaderboard import board, markdown  # noqa: PLC0415

    terminalreporter.section("synact_bench")
    try:
        request = _request(config)
        missing = plan.missing(request.plans, request.store)
        if missing:
            line = f"no board: {len(missing)} of {len(request.plans)} cells are not measured yet"
        else:
            line = markdown.main_table(board.build(request.board_cells()))
    except SynactError as error:
        line = f"no board: {error}"
    terminalreporter.write_line(line)
