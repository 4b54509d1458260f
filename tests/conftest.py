"""Fixtures of the whole test suite; model libraries are imported only by those that need them."""

from __future__ import annotations

import atexit
import dataclasses
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import settings

from tests.helpers.requests import requested

if TYPE_CHECKING:
    from synact_bench.models.language_model import LanguageModel
    from synact_bench.results.record import Split
    from synact_bench.run.session import Session
    from synact_bench.testbeds.spec import Testbed
    from tests.helpers.testbeds import Trained
    from tests.helpers.tiny_testbed import Home

HUB_HOME = Path(tempfile.mkdtemp(prefix="synact-hub-"))
"""Cache of the model hub, empty until ``hub`` fills it; nothing is ever asked of a hub."""
# Here, because the hub's libraries read both when they are imported.
os.environ.update(HF_HOME=str(HUB_HOME), HF_HUB_OFFLINE="1")
atexit.register(shutil.rmtree, HUB_HOME, ignore_errors=True)

BYTECODE = Path(__file__).parents[1] / "build" / "bytecode"
"""Where processes that tests start keep compiled modules, if not beside the sources."""
if sys.dont_write_bytecode:  # else each of them compiles the model libraries again, for seconds
    os.environ.update(PYTHONDONTWRITEBYTECODE="", PYTHONPYCACHEPREFIX=str(BYTECODE))


def pytest_configure(config: pytest.Config) -> None:
    """Warnings are errors, except the declared ones; workers of pytest-xdist share the cores.

    So do numpy's threads: more of them than cores wait for each other most of the time.
    """
    declared = [*config.getini("filterwarnings")]
    for line in ("error", *declared):  # the last that fits counts
        config.addinivalue_line("filterwarnings", line)
    settings.load_profile("ci")
    workers = config.getoption("numprocesses", None)
    if workers:  # read by the libraries of workers, and of what they start, when these are loaded
        share = max(1, torch.get_num_threads() // workers)
        os.environ.setdefault("OMP_NUM_THREADS", str(share))


@contextmanager
def _single_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boards are built where a test has changed what makes them, and tests run in parallel."""
    monkeypatch.setattr("synact_bench.reports.boards.WORKERS", 1)


@pytest.fixture(autouse=True)
def _one_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tiny tensors are slower on many threads, most of all on a busy machine."""
    if "real_model" in request.keywords:
        yield
        return
    with _single_thread():
        yield


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., LanguageModel]:
    """Tiny models by kind (``gpt2`` or ``llama``), each loaded once; never to be changed."""
    from synact_bench.models.language_model import LanguageModel
    from tests.helpers.tiny import save_tiny

    loaded: dict[tuple[str, bool], LanguageModel] = {}

    def load(kind: str, *, centred: bool = False) -> LanguageModel:
        if (kind, centred) not in loaded:
            source = save_tiny(kind, tmp_path_factory.mktemp(kind))
            loaded[kind, centred] = LanguageModel.load(source, centred=centred)
        return loaded[kind, centred]

    return load


@pytest.fixture(scope="session")
def _filled_hub() -> Path:
    from tests.helpers.hub import fill

    with _single_thread():
        fill(HUB_HOME)
    return HUB_HOME


@pytest.fixture
def hub(_filled_hub: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The hub's cache with all that ``gpt2-small`` needs, and a cache of our own that is empty."""
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    return _filled_hub


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The tiny testbed and its SAE, made once; never to be changed."""
    from tests.helpers.testbeds import train_tiny

    return train_tiny(tmp_path_factory.mktemp("trained"))


@pytest.fixture
def ready(trained: Trained, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Testbed:
    """The tiny testbed, ready to be opened: its files are shipped, the cache is empty."""
    from synact_bench.testbeds import spec

    shipped = tmp_path / "baselines"
    shutil.copytree(trained.folder, shipped)
    monkeypatch.setattr(spec, "baselines", lambda: shipped)
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    return trained.testbed


@pytest.fixture(scope="session")
def tiny_home(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A testbed called ``tiny`` that can be opened, fingerprint included."""
    from tests.helpers.tiny_testbed import build

    return build(trained, tmp_path_factory.mktemp("tiny-home"))


@pytest.fixture
def tiny_catalog(tiny_home: Home, monkeypatch: pytest.MonkeyPatch) -> Testbed:
    """``tiny`` as the only testbed there is."""
    tiny_home.install(monkeypatch)
    return tiny_home.testbed


@pytest.fixture(scope="session")
def _opened_session(tiny_home: Home) -> Session:
    from synact_bench.core.experiments import PRESETS
    from synact_bench.run import runner

    with pytest.MonkeyPatch.context() as patch, _single_thread():
        tiny_home.install(patch)
        session = runner.prepare(tiny_home.testbed, PRESETS["smoke"], seed=0, split="release")
        # What the inspector captures is cached: here, where the cache is the tests' own.
        session.inspector.inspect(session.design.native, shown=None, drawn=True)
        return session


def _fresh(session: Session) -> Session:
    """As if opened again: nothing is generated yet, and the train pool may be changed."""
    pool = session.subject.train
    train = dataclasses.replace(pool, tensor=pool.tensor.clone())
    return dataclasses.replace(
        session,
        subject=dataclasses.replace(session.subject, train=train),
        _made={},
        _inspected={},
    )


@pytest.fixture
def tiny_session(_opened_session: Session) -> Session:
    """``tiny`` opened for the smoke preset, nothing generated yet."""
    return _fresh(_opened_session)


@pytest.fixture
def opened_once(
    tiny_catalog: Testbed, _opened_session: Session, monkeypatch: pytest.MonkeyPatch
) -> Testbed:
    """``tiny`` as the only testbed; opening it for the smoke preset costs nothing."""
    from synact_bench.run import runner

    def prepare(*_: object, split: Split, **__: object) -> Session:
        return dataclasses.replace(_fresh(_opened_session), split=split)

    monkeypatch.setattr(runner, "prepare", prepare)
    return tiny_catalog


@pytest.fixture(scope="session")
def _full_run(
    tiny_home: Home, _opened_session: Session, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    from synact_bench.run import runner
    from tests.helpers.progress import Watched

    runs = tmp_path_factory.mktemp("full-run")
    with pytest.MonkeyPatch.context() as patch, _single_thread():
        tiny_home.install(patch)
        request = requested(testbed="tiny", preset="smoke", runs=runs)
        runner.run(request.plans, request.store, lambda: _fresh(_opened_session), Watched())
    return runs


@pytest.fixture
def full_run(_full_run: Path, tmp_path: Path) -> Path:
    """A copy of a runs folder with every built-in generator on ``tiny``, smoke preset, seed 0."""
    return Path(shutil.copytree(_full_run, tmp_path / "runs"))


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boards are published without figures, which are tested elsewhere: they take their time."""
    from synact_bench.reports import publish

    monkeypatch.setattr(publish, "draw", lambda *_: [])


@pytest.fixture
def signals_of_a_terminal() -> Iterator[None]:
    """No signal that ends a process is ignored, here or in what is started, as ``nohup`` does."""
    ending = (signal.SIGTERM, signal.SIGHUP)
    earlier = {each: signal.signal(each, signal.SIG_DFL) for each in ending}
    yield
    for each, handler in earlier.items():
        signal.signal(each, handler)
