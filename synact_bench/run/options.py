"""What a run can be asked for: declared once, for the command line, pytest and ``evaluate``."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from synact_bench.core.errors import SynactError, UnknownNameError
from synact_bench.core.experiments import PRESETS, RELEASE_SEED, Preset, find_preset
from synact_bench.isolation.limits import TIMEOUT, Limits

if TYPE_CHECKING:
    import os

    from synact_bench.core.precision import Precision
    from synact_bench.testbeds.spec import Setup

HOME = Path("runs")
"""Folder of all runs where none is named."""
DEFAULT_TESTBED = "smollm2-135m"
TEXTS = frozenset({"model", "hook", "read-hook", "sae", "dataset", "device", "address"})
"""Options that are a text and nothing else, even from Python."""
OF_RAY = ("address", "gpus_per_worker")
"""Options that say something of Ray."""
DEVICE = r"cpu|cuda(:\d+)?"
TARGET = "Built-in name, installed entry point, module:attr or path/to/file.py:Class."
CUSTOM_MODEL = (
    "A custom model instead: a folder with safetensors, a .gguf file, or a hub id, which may end "
    "in @revision."
)


THOROUGH = ", ".join(each.name for each in PRESETS.values() if each.optional_baselines)
"""Presets in which optional baselines run without being named."""


@dataclass(frozen=True)
class Option:
    """How an option is given in words.

    Attributes:
        help: what it means.
        kind: what its value is read as; a ``bool`` is a switch.
        name: on the command line, without dashes.
        many: whether it may be repeated.
        least: the smallest number allowed.
        choices: the only values allowed; empty allows any.
        off: whether the switch says the opposite of the field.
    """

    help: str
    kind: Callable[[str], Any] = str
    name: str = ""
    many: bool = False
    least: float | None = None
    choices: tuple[str, ...] = ()
    off: bool = False


def _option(help: str, default: object = None, **words: Any) -> Any:
    """A field that can be given in words."""
    return dataclasses.field(default=default, metadata={"option": Option(help, **words)})


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What a run is asked for; each field says what it means in ``OPTIONS``.

    Nothing is looked up or opened yet: ``synact_bench.run.lookup`` does that.
    """

    testbed: str | os.PathLike[str] | Setup | None = _option(
        "Testbed to probe: one that 'synact-bench list' shows, or a custom .toml file."
    )
    preset: str | Preset | None = _option(
        "How much to measure: {}.".format(
            ", ".join(
                f"{each.name} ({each.bases} bases, {each.refined} of them on {each.points} points)"
                for each in PRESETS.values()
            )
        )
    )
    generators: tuple[str, ...] = _option(
        f"{TARGET[:-1]}; repeatable. All built-in generators by default, the optional baselines in "
        f"the presets {THOROUGH} alone; the controls are always measured with them, except beside "
        "published cells.",
        default=(),
        name="generator",
        many=True,
    )
    seed: int | None = _option(
        f"Of prompts, partners, generators; by default {RELEASE_SEED}, that of the published "
        "board.",
        kind=int,
    )
    official: bool = _option(
        "For maintainers: measure with a seed drawn now, which no generator can have been fitted "
        "to. Kept in the run's folder, so that a stopped run goes on with the same generators "
        "only: hand all of them in first, or delete the folder for a new seed.",
        default=False,
        kind=bool,
    )
    diagnostic: bool = _option(
        "Measure the controls of the instrument too, which make no score: a ladder from real to "
        "Gaussian, and absolute, spherical and mixture paths. 'synact-bench audit' reports them.",
        default=False,
        kind=bool,
    )
    text: Path | None = _option(
        "Custom text instead of the testbed's: a file, or a folder of .txt.", kind=Path
    )
    model: str | None = _option(
        f"{CUSTOM_MODEL} What a testbed must state is measured once and kept as testbed.toml in "
        "the folder of runs."
    )
    hook: str | None = _option(
        "With --model: where activations are placed, e.g. blocks.3.hook_resid_pre."
    )
    read_hook: str | None = _option(
        "With --model: where the answer is read; by default the last block's hook_resid_post."
    )
    sae: str | None = _option(
        "RELEASE/ID of sae_lens, a folder in its format, pca (principal components of "
        "activations, with --model where it is left out), or default (the testbed's)."
    )
    dataset: str | None = _option(
        "With --model: data set of a hub with rows of text or of the model's token ids, as "
        "NAME[:CONFIG][@REVISION]."
    )
    n_ctx: int | None = _option(
        "With --model: tokens of a prompt; 10 by default.", kind=int, least=2
    )
    bos: bool = _option(
        "With --model: begin each prompt with the beginning-of-sequence token.",
        default=False,
        kind=bool,
    )
    as_trained: bool = _option(
        "Prompts as the SAE was trained: as many tokens, and with BOS or without, as its config "
        "says.",
        default=False,
        kind=bool,
    )
    runs: Path = _option("Folder of stored cells.", default=HOME, kind=Path)
    dense: bool = _option(
        "Run every point of every path, about five times as many, not only those that are scored "
        "or that named metrics depend on. Stored in a folder of their own.",
        default=False,
        kind=bool,
    )
    precision: Precision = _option(
        "float32, or mixed: bfloat16 in the blocks' linear layers. Realism is the same within "
        "0.02 where both were measured, named metrics of single paths are not. Boards of such "
        "cells say so, and never hold float32 too; they lie in a folder of their own.",
        default="float32",
        choices=("float32", "mixed"),
    )
    device: str = _option(
        "Where the model runs: cpu, cuda or cuda:N. Cells stored from another device are reused.",
        default="cpu",
    )
    workers: int = _option(
        "Processes that measure at once, each with a model of its own and its part of the threads.",
        default=1,
        kind=int,
        least=1,
    )
    executor: str = _option(
        "Where workers are: local, on this machine; or ray, as actors of Ray (the extra [ray]).",
        default="local",
        choices=("local", "ray"),
    )
    address: str | None = _option(
        "With --executor ray: of a running cluster; by default Ray is started on this machine."
    )
    gpus_per_worker: float = _option(
        "With --executor ray: GPUs of each worker, or the share of one; wants --device cuda.",
        default=0.0,
        kind=float,
        least=0,
    )
    plugin_timeout: float = _option(
        "Seconds that a plugin may take to be imported, to fit and for each generate; a row that "
        "takes longer is left out.",
        default=TIMEOUT,
        kind=float,
        least=0.001,
    )
    plugin_memory: float | None = _option(
        "GB of memory that a plugin's process may hold; by default as many as the machine has.",
        kind=float,
        least=0.001,
    )
    isolate: bool = _option(
        "Run plugins in the process of the run, as for a debugger: without limits, and one that "
        "ends its process ends the run.",
        default=True,
        kind=bool,
        name="no-isolate",
        off=True,
    )

    def __post_init__(self) -> None:
        """Take paths and generators however Python code gives them."""
        given = {"runs": Path(self.runs), "generators": tuple(self.generators)}
        if self.text is not None:
            given["text"] = Path(self.text)
        for name, value in given.items():
            object.__setattr__(self, name, value)

    @property
    def elsewhere(self) -> bool:
        """Whether cells are measured by workers, and not in this process."""
        return self.workers > 1 or self.executor != "local"

    @property
    def limits(self) -> Limits:
        """Of plugins."""
        return Limits.of(self.plugin_timeout, self.plugin_memory, isolate=self.isolate)


def refuse_mistakes(options: RunOptions) -> None:
    """Refuse what can be told before any library is loaded.

    Raises:
        UnknownNameError: there is no such preset or device.
        SynactError: a value is none of its option, or a seed is given to a run that draws its own.
    """
    for name, told in OPTIONS.items():
        _refuse_misfit(told, getattr(options, name))
    if isinstance(options.preset, str):
        find_preset(options.preset)
    if not re.fullmatch(DEVICE, options.device):
        raise UnknownNameError("device", options.device, ("cpu", "cuda", "cuda:0"))
    given = [name for name in OF_RAY if getattr(options, name) != DEFAULTS[name]]
    if given and options.executor != "ray":
        raise SynactError(
            "is of another executor",
            where=f"--{OPTIONS[given[0]].name}",
            fix="give --executor ray too, or drop it",
        )
    if options.official and options.seed is not None:
        raise SynactError(
            "an official run draws its own seed",
            where=f"seed {options.seed}",
            fix="drop --seed or --official",
        )


def _refuse_misfit(told: Option, value: Any) -> None:
    """Refuse a value from Python that the command line would not take."""
    fitting = ""
    if told.choices and value not in told.choices:
        fitting = f"give one of {', '.join(told.choices)}"
    elif told.name in TEXTS and not isinstance(value, str | None):
        fitting = "give one text"
    elif told.least is not None and value is not None and not value >= told.least:
        fitting = f"give {told.least:g} at least"
    if fitting:
        raise SynactError(f"is {value!r}", where=f"--{told.name}", fix=fitting)


def _named(field: dataclasses.Field[Any]) -> Option:
    option: Option = field.metadata["option"]
    return dataclasses.replace(option, name=option.name or field.name.replace("_", "-"))


OPTIONS = MappingProxyType({each.name: _named(each) for each in dataclasses.fields(RunOptions)})
"""How each field of ``RunOptions`` is given in words, by its name."""
DEFAULTS = MappingProxyType({each.name: each.default for each in dataclasses.fields(RunOptions)})
BESIDE = (
    "By default quick; but what --generator names is then measured alone, on as many bases as "
    "the published cells of the testbed and beside them, if it has any, and seed, precision and "
    "text are theirs."
)
COMPARE = (
    "Measure again and compare every cell with a baseline file. Exit status: 10 drift, "
    "11 regression, 12 improvement, 13 outdated. Cells that are not selected are not judged. "
    "Cells go to a temporary folder unless --synact-runs names one."
)
MINIMUM = (
    "Fail, with exit status 14, where a row that --synact-generator names has less realism than "
    "this, as the board prints it: the value counts, not its interval. PART is overall, an "
    "experiment (sensitivity, plateau) or a path (relative, matched, scaled); repeatable. "
    "Needs a preset of 20 documents or more: quick, not smoke."
)
