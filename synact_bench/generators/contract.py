"""The rules every generator keeps, enforced where a plugin's code is called."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import random
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.errors import PluginError, SynactError
from synact_bench.core.pinned import undone
from synact_bench.core.setting import Setting
from synact_bench.core.tracks import RECONSTRUCTION
from synact_bench.generators.base import (
    ConditionedGenerator,
    Generator,
    GeneratorCard,
    ReconstructionGenerator,
    UnconditionalGenerator,
)
from synact_bench.generators.output import check_output

ROWS_AT_ONCE = 64
"""Most activations that a generator whose card promises ``splits`` is asked for at once."""

SETTING = "setting"
"""Argument of ``fit`` for those that want to be told what they are fitted for."""

LONGEST = 1000
"""Most characters of what is told of an error."""

# Files on the way to a plugin's code: a line in them tells its author nothing.
_NOT_PLUGIN = (
    "<frozen",
    str(Path(importlib.__file__).parent),
    __file__,
    str(Path(__file__).with_name("discovery.py")),
)


def conforming(candidate: object, *, where: str) -> Generator:
    """``candidate`` as a generator.

    Raises:
        PluginError: it has no ``GeneratorCard`` under ``card``, no ``fit``, or no ``generate`` or
            ``reconstruct``, as its track asks for.
    """
    kind = type(candidate).__name__
    card = getattr(candidate, "card", None)
    if not isinstance(card, GeneratorCard):
        raise PluginError(
            f"{kind} has no valid card",
            where=where,
            fix="give the class an attribute card = GeneratorCard(name=..., version=..., "
            "track=...)",
        )
    for method in ("fit", card.method):
        if not callable(getattr(candidate, method, None)):
            raise PluginError(
                f"{kind} has no method {method}", where=where, fix=f"define {method} on the class"
            )
    return cast(Generator, candidate)


def fit(
    generator: Generator,
    real: RealActivations,
    dictionary: Dictionary,
    setting: Setting,
    *,
    rng: torch.Generator,
) -> None:
    """Call ``generator.fit`` and hold it to the contract.

    Args:
        generator: not fitted yet.
        real: the train pool.
        dictionary: of the testbed.
        setting: of the testbed, for a generator whose ``fit`` declares the argument.
        rng: the only source of randomness the generator may use.

    Raises:
        PluginError: it raised, changed the pool or the dictionary in place, or used a global rng.
    """
    where = _named(generator)
    with (
        inputs_untouched(generator, real, dictionary, doing="fit"),
        global_rng_untouched(where),
        undone(),
        as_plugin_error(where, doing="fit", file=file_of(generator)),
    ):
        fitted(generator, real, dictionary, setting, rng=rng)


def fitted(
    generator: Generator,
    real: RealActivations,
    dictionary: Dictionary,
    setting: Setting,
    *,
    rng: torch.Generator,
) -> None:
    """Call ``generator.fit``, which is told the setting if it asks for it; held to nothing."""
    told = {"setting": setting} if asks_for_setting(generator) else {}
    generator.fit(real, dictionary, **told, rng=rng)


def asks_for_setting(generator: Generator) -> bool:
    """Whether ``fit`` declares an argument ``setting``."""
    try:
        return SETTING in inspect.signature(generator.fit).parameters
    except (TypeError, ValueError):  # of a callable that has no signature
        return False


@contextmanager
def inputs_untouched(
    generator: Generator, real: RealActivations, dictionary: Dictionary, *, doing: str
) -> Iterator[None]:
    """Refuse a generator that changes what all generators share.

    Raises:
        PluginError: the pool or the dictionary was changed in place.
    """
    shared = {
        "the train pool": real.tensor,
        "dictionary.directions": dictionary.directions,
        "dictionary.bias": dictionary.bias,
        "dictionary.firing_frequency": dictionary.firing_frequency,
    }
    digests = {name: _digest(tensor) for name, tensor in shared.items()}
    yield
    for name, tensor in shared.items():
        if _digest(tensor) != digests[name]:
            raise PluginError(
                f"{doing} changed {name} in place",
                where=_named(generator),
                fix="work on a clone of it",
            )


def draw(
    generator: Generator, n_or_base: int | Tensor, *, rng: torch.Generator, d_model: int
) -> Tensor:
    """Call ``generator.generate`` or ``reconstruct``, and hold its output to the contract.

    Args:
        generator: a fitted generator.
        n_or_base: how many activations, or the bases ``[n, d_model]`` for the conditioned and the
            reconstruction track.
        rng: the only source of randomness the generator may use.
        d_model: width of an activation.

    Returns:
        ``[n, d_model]`` float32, finite, on the CPU, shared with nothing the generator holds.

    Raises:
        PluginError: it raised, broke a rule of its output, changed the base in place, or used a
            global rng.
        TypeError: ``n_or_base`` does not suit the generator's track.
    """
    where = _named(generator)
    card = generator.card
    if isinstance(n_or_base, Tensor) != card.is_shown:
        raise TypeError(f"a generator of the {card.track} track got a {type(n_or_base).__name__}")
    parts = [n_or_base]
    if card.splits:
        parts = list(in_parts(n_or_base, rows=ROWS_AT_ONCE))
    made = []
    for part in parts:
        with (
            global_rng_untouched(where),
            base_untouched(part, where=where, doing=card.method) as shown,
            undone(),
            as_plugin_error(where, doing=card.method, file=file_of(generator)),
        ):
            output = unwrapped(generated(generator, shown, rng=rng))
        check_output(output, shape=(rows_of(part), d_model), where=where, doing=card.method)
        made.append(output.detach())
    return torch.cat(made)


def generated(generator: Generator, n_or_base: int | Tensor, *, rng: torch.Generator) -> Tensor:
    """What ``generator.generate`` or ``reconstruct`` returns, held to nothing."""
    if isinstance(n_or_base, int):
        return cast(UnconditionalGenerator, generator).generate(n_or_base, rng=rng)
    if generator.card.track == RECONSTRUCTION:
        return cast(ReconstructionGenerator, generator).reconstruct(n_or_base, rng=rng)
    return cast(ConditionedGenerator, generator).generate(n_or_base, rng=rng)


def unwrapped(output: Tensor) -> Tensor:
    """The numbers of a tensor, whatever a class of its own would answer for it."""
    if type(output) is Tensor or not isinstance(output, Tensor):
        return output
    with torch._C.DisableTorchFunctionSubclass():
        return output.detach().as_subclass(Tensor)


def rows_of(n_or_base: int | Tensor) -> int:
    """How many activations are asked for."""
    return len(n_or_base) if isinstance(n_or_base, Tensor) else n_or_base


def in_parts(n_or_base: int | Tensor, *, rows: int) -> Iterator[int | Tensor]:
    """The same question in parts of at most ``rows``, at least one part."""
    if isinstance(n_or_base, Tensor):
        yield from torch.split(n_or_base, rows)
        return
    for start in range(0, max(n_or_base, 1), rows):
        yield min(rows, n_or_base - start)


@contextmanager
def base_untouched(
    n_or_base: int | Tensor, *, where: str, doing: str = "generate"
) -> Iterator[int | Tensor]:
    """Give what a generator is shown: a copy of the base, which it must not change either.

    Raises:
        PluginError: the copy was changed in place.
    """
    if isinstance(n_or_base, int):
        yield n_or_base
        return
    shown = n_or_base.clone()
    yield shown
    if not torch.equal(shown, n_or_base):
        raise PluginError(
            f"{doing} changed its base in place", where=where, fix="work on a clone of it"
        )


@contextmanager
def as_plugin_error(where: str, *, doing: str, file: str | None = None) -> Iterator[None]:
    """Turn any exception of third-party code into a ``PluginError`` that says where it arose.

    A ``SynactError`` passes unchanged: it already says what, where and what to do.

    Args:
        where: the plugin, as a user knows it.
        doing: what it was asked for.
        file: the plugin's source file, whose line is named if the traceback has one.
    """
    try:
        yield
    except (SynactError, KeyboardInterrupt):
        raise
    except BaseException as error:  # a plugin may raise anything, or try to leave
        raise PluginError(
            f"{doing} raised {said(error)}{_place(error, file)}",
            where=where,
            fix="fix the plugin",
        ) from error


def said(error: BaseException) -> str:
    """Type and words of an error, which may have been made to have none."""
    kind = type(error).__name__
    try:
        text = str(error)[:LONGEST]
    except Exception:  # noqa: BLE001  (a plugin's own text of its own error)
        return f"{kind}, whose text cannot be read"
    return f"{kind}: {text}" if text else kind


@contextmanager
def global_rng_untouched(where: str) -> Iterator[None]:
    """Refuse code that draws from, or seeds, the global random state of torch, numpy or Python.

    Raises:
        PluginError: one of the states changed.
    """
    before = _global_rng_states()
    yield
    changed = [name for name, state in _global_rng_states().items() if state != before[name]]
    if changed:
        raise PluginError(
            f"used the global random state of {', '.join(changed)}",
            where=where,
            fix="draw from the rng passed in, e.g. torch.randn(..., generator=rng)",
        )


def _global_rng_states() -> dict[str, object]:
    legacy = np.random.get_state(legacy=False)
    return {
        "torch": torch.get_rng_state().numpy().tobytes(),
        "numpy": {
            **legacy,
            "state": {name: np.asarray(part).tobytes() for name, part in legacy["state"].items()},
        },
        "python": random.getstate(),
    }


def _digest(tensor: Tensor) -> bytes:
    return hashlib.blake2b(tensor.detach().cpu().contiguous().numpy().data).digest()


def _named(generator: Generator) -> str:
    return f"generator {generator.card.name!r}"


def file_of(generator: object) -> str | None:
    """The source file of a generator's class; None for one typed at a prompt."""
    return getattr(inspect.getmodule(type(generator)), "__file__", None)


def _place(error: BaseException, file: str | None) -> str:
    """`` at file:line``, or nothing when no line of the plugin was reached."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" at {error.filename}:{error.lineno}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(_NOT_PLUGIN)
    ]
    own = [frame for frame in frames if frame.filename == file] or frames
    return f" at {own[-1].filename}:{own[-1].lineno}" if own else ""
