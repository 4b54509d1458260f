"""Fixtures of the whole test suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from synact_bench.testbeds.language_model import LanguageModel
from tests.helpers.tiny import save_tiny


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
    loaded: dict[tuple[str, bool], LanguageModel] = {}

    def load(kind: str, *, centred: bool = False) -> LanguageModel:
        if (kind, centred) not in loaded:
            source = save_tiny(kind, tmp_path_factory.mktemp(kind))
            loaded[kind, centred] = LanguageModel.load(source, centred=centred)
        return loaded[kind, centred]

    return load
