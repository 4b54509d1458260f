"""Options of the verbs: those of a run, as ``RunOptions`` declares them, and shared ones."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias

import typer

from synact_bench.run.options import (
    CUSTOM_MODEL,
    DEFAULT_TESTBED,
    DEFAULTS,
    OPTIONS,
    RunOptions,
)


def option(name: str, *, help: str | None = None, **shown: Any) -> Any:
    """The option of a field of ``RunOptions``.

    Args:
        name: of the field.
        help: instead of what the field's option says.
        shown: further arguments of ``typer.Option``.
    """
    told = OPTIONS[name]
    if name == "testbed":
        shown = {"show_default": DEFAULT_TESTBED, **shown}
    return typer.Option(f"--{told.name}", min=told.least, help=help or told.help, **shown)


SeedOption: TypeAlias = Annotated[int | None, option("seed")]
RunsOption: TypeAlias = Annotated[Path, option("runs")]
DenseOption: TypeAlias = Annotated[bool, option("dense")]
DeviceOption: TypeAlias = Annotated[str, option("device")]
WorkersOption: TypeAlias = Annotated[int, option("workers")]
ExecutorOption: TypeAlias = Annotated[Literal["local", "ray"], option("executor")]
AddressOption: TypeAlias = Annotated[str | None, option("address")]
GpusOption: TypeAlias = Annotated[float, option("gpus_per_worker")]
SITE = ("testbed", "model", "hook", "dataset", "text", "bos")
"""Fields that say which activations of which model, on which text."""
SITE_WORDS: Mapping[str, Mapping[str, Any]] = MappingProxyType({"model": {"help": CUSTOM_MODEL}})
"""What their options say where nothing is kept in a folder of runs."""
SuiteOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--suite",
        help="Name or .toml file of a suite: score on each of its testbeds, and average.",
    ),
]
SubmissionsOption: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--submissions",
        help="Folder of submissions, called as their testbed, to take in; repeatable.",
    ),
]
CheckOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--check",
        help="Write nothing: exit 1 unless what is in --out is what the cells give.",
    ),
]
ReferenceOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--reference",
        help="Pack or folder of the cells that give the scale; by default the published ones.",
    ),
]


def takes_run_options(
    *,
    only: Collection[str] = OPTIONS,
    left_out: Collection[str] = (),
    defaults: Mapping[str, object] = DEFAULTS,
    words: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A verb with options for fields of ``RunOptions``, beside parameters of its own.

    It takes them by keyword; ``run_options`` makes a ``RunOptions`` of them.

    Args:
        only: fields that it has options for.
        left_out: those of them that it has none for.
        defaults: by field, where they are others.
        words: further arguments of ``option`` by field.
    """
    options = [
        _parameter(name, {**DEFAULTS, **defaults}[name], words.get(name, {}))
        for name in OPTIONS
        if name in only and name not in left_out
    ]

    def decorated(verb: Callable[..., None]) -> Callable[..., None]:
        found = inspect.signature(verb, eval_str=True).parameters.values()
        own = [each for each in found if each.kind is not each.VAR_KEYWORD]
        signature = inspect.Signature([*own, *options])
        setattr(verb, "__signature__", signature)  # noqa: B010  (read by typer)
        verb.__annotations__ = {
            each.name: each.annotation for each in signature.parameters.values()
        }
        return verb

    return decorated


def run_options(given: Mapping[str, Any]) -> RunOptions:
    """What the options of a verb ask for; generators as a tuple."""
    fields = dict(given)
    for name in given:
        told = OPTIONS[name]
        if told.off:
            fields[name] = not given[name]
        elif told.many:
            fields[name] = tuple(given[name] or ())
    return RunOptions(**fields)


def _parameter(name: str, default: object, words: Mapping[str, Any]) -> inspect.Parameter:
    told = OPTIONS[name]
    kind: Any = Literal[told.choices] if told.choices else told.kind
    if told.many:
        kind, default = list[kind], None
    if default is None:
        kind = kind | None
    if told.off:
        default = not default
    annotation = Annotated[kind, option(name, **words)]
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, keyword, default=default, annotation=annotation)
