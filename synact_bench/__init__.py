"""Benchmark of synthetic activations of language models.

The names of ``__all__`` are looked up on first use: importing this package loads no model library.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synact_bench.core.activations import RealActivations
    from synact_bench.core.curves import Curves
    from synact_bench.core.dictionary import Dictionary
    from synact_bench.core.errors import SynactError
    from synact_bench.core.experiments import EXPERIMENTS, PRESETS
    from synact_bench.core.setting import Setting
    from synact_bench.evaluation.evaluate import evaluate
    from synact_bench.evaluation.result import Evaluation
    from synact_bench.generators.base import GeneratorCard
    from synact_bench.metrics import METRICS

    __version__: str

__all__ = [
    "EXPERIMENTS",
    "METRICS",
    "PRESETS",
    "Curves",
    "Dictionary",
    "Evaluation",
    "GeneratorCard",
    "RealActivations",
    "Setting",
    "SynactError",
    "__version__",
    "evaluate",
]

_HOMES = {
    "Curves": "core.curves",
    "Dictionary": "core.dictionary",
    "EXPERIMENTS": "core.experiments",
    "Evaluation": "evaluation.result",
    "GeneratorCard": "generators.base",
    "METRICS": "metrics",
    "PRESETS": "core.experiments",
    "RealActivations": "core.activations",
    "Setting": "core.setting",
    "SynactError": "core.errors",
    "evaluate": "evaluation.evaluate",
}


def __getattr__(name: str) -> object:
    """A public name, from the module that defines it.

    Raises:
        AttributeError: there is no such name.
    """
    if name == "__version__":
        return importlib.metadata.version("synact-bench")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
