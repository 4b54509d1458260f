"""``synact-bench run``: measure what is missing, then show the board.

Loading the libraries takes seconds: the first line is said before, so that none is imported here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import typer

from synact_bench.cli.options import (
    DEFAULT_TESTBED,
    AnyTestbed,
    AsTrained,
    Bos,
    Dataset,
    Dense,
    Device,
    Diagnostic,
    GeneratorTargets,
    Hook,
    Model,
    NCtx,
    NoIsolate,
    Official,
    OwnText,
    PluginMemory,
    PluginTimeout,
    PrecisionName,
    ReadHook,
    RunPreset,
    Runs,
    Saes,
    Seed,
)
from synact_bench.isolation import processes
from synact_bench.isolation.limits import AVAILABLE, TIMEOUT, Limits
from synact_bench.run.options import HOME

EXAMPLES = """
Examples:

  synact-bench run --preset quick

  synact-bench run --generator my_method.py:MyGenerator

  synact-bench run --preset quick --generator gaussian --generator my_method.py:MyGenerator

  synact-bench run --preset smoke --text my_novel.txt

  synact-bench run --model my-model.gguf --hook blocks.3.hook_resid_pre

  synact-bench run --sae own --sae pca --sae path/to/my-sae
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("run", epilog=EXAMPLES)(run)


def run(
    testbed: AnyTestbed = None,
    preset: RunPreset = None,
    generator: GeneratorTargets = None,
    seed: Seed = None,
    official: Official = False,
    diagnostic: Diagnostic = False,
    text: OwnText = None,
    model: Model = None,
    hook: Hook = None,
    read_hook: ReadHook = None,
    sae: Saes = None,
    dataset: Dataset = None,
    n_ctx: NCtx = None,
    bos: Bos = False,
    as_trained: AsTrained = False,
    runs: Runs = HOME,
    dense: Dense = False,
    precision: PrecisionName = "float32",
    device: Device = "cpu",
    plugin_timeout: PluginTimeout = TIMEOUT,
    plugin_memory: PluginMemory = None,
    no_isolate: NoIsolate = False,
) -> None:
    """Score generators on a testbed, or several SAEs on one; cells already stored are reused."""
    print(_opening(testbed, model=model, hook=hook, saes=sae or ()), flush=True)
    limits = Limits.of(plugin_timeout, plugin_memory, isolate=not no_isolate)
    if limits.isolate and AVAILABLE and any(map(_is_file, generator or ())):
        processes.ready()
    from synact_bench.cli import custom, scored  # noqa: PLC0415  (loads the libraries)

    declare = partial(
        custom.declared,
        testbed,
        text=text,
        model=model,
        hook=hook,
        read_hook=read_hook,
        dataset=dataset,
        n_ctx=n_ctx,
        bos=bos,
        as_trained=as_trained,
    )
    request_of = partial(
        scored.request,
        preset=preset,
        generators=tuple(generator or ()),
        seed=seed,
        official=official,
        diagnostic=diagnostic,
        runs=runs,
        dense=dense,
        precision=precision,
        device=device,
        limits=limits,
    )
    if sae is not None and len(sae) > 1:
        scored.rank([declare(sae=each) for each in sae], request_of)
    else:
        scored.show(declare(sae=sae[0] if sae else None), request_of)


def _opening(
    testbed: str | None, *, model: str | None, hook: str | None, saes: Sequence[str]
) -> str:
    """The first line: on what generators are scored, as it was asked for."""
    place = model or testbed or DEFAULT_TESTBED
    place += f" at {hook}" if hook else ""
    beside = f" with {', '.join(saes)}" if saes else ""
    return f"{place}{beside}: loading libraries, then looking for stored cells"


def _is_file(target: str) -> bool:
    """Whether a generator is a file's: no library is needed to see that it is a plugin."""
    return target.partition(":")[0].endswith(".py")
