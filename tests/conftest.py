"""Fixtures of the whole test suite; model libraries are imported only by those that need them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

if TYPE_CHECKING:
    from synact_bench.testbeds.language_model import LanguageModel
    from synact_bench.testbeds.spec import Testbed
    from tests.helpers.testbeds import Trained


@pytest.fixture(autouse=True)
def _one_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tiny tensors are slower on many threads, most of all on a busy machine."""
    before = torch.get_num_threads()
    if "real_model" not in request.keywords:
        torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., LanguageModel]:
    """Tiny models by kind (``gpt2`` or ``llama``), each loaded once; never to be changed."""
    from synact_bench.testbeds.language_model import LanguageModel
    from tests.helpers.tiny import save_tiny

    loaded: dict[tuple[str, bool], LanguageModel] = {}

    def load(kind: str, *, centred: bool = False) -> LanguageModel:
        if (kind, centred) not in loaded:
            source = save_tiny(kind, tmp_path_factory.mktemp(kind))
            loaded[kind, centred] = LanguageModel.load(source, centred=centred)
        return loaded[kind, centred]

    return load


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
