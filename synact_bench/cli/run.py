"""``synact-bench run``: measure what is missing, then show the board."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import typer

from synact_bench.cli import dictionaries, own
from synact_bench.cli.measuring import measured_board
from synact_bench.cli.options import (
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
    Official,
    OwnText,
    PrecisionName,
    ReadHook,
    RunPreset,
    Runs,
    Saes,
    Seed,
)
from synact_bench.errors import SynactError
from synact_bench.generators import COMPOSITIONS
from synact_bench.harness.request import DEFAULT_PRESET, RUNS, Request
from synact_bench.leaderboard.printed import printed
from synact_bench.testbeds.spec import Setup

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
    runs: Runs = RUNS,
    dense: Dense = False,
    precision: PrecisionName = "float32",
    device: Device = "cpu",
) -> None:
    """Score generators on a testbed, or several SAEs on one; cells already stored are reused."""
    declare = partial(
        own.declared,
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
    wanted = [declare(sae=each) for each in sae] if sae else [declare(sae=None)]
    several = len(wanted) > 1
    if several and official:
        raise SynactError(
            "each SAE would be given a seed of its own",
            where="--official and several --sae",
            fix="leave --official out",
        )
    request_of = partial(
        _request,
        preset=DEFAULT_PRESET if several and preset is None else preset,
        generators=generator or (tuple(COMPOSITIONS) if several else ()),
        seed=seed,
        official=official,
        diagnostic=diagnostic,
        runs=runs,
        dense=dense,
        precision=precision,
        device=device,
    )
    if several:
        dictionaries.rank(wanted, request_of)
    else:
        _show(request_of(wanted[0]))


def _request(wanted: Setup, *, runs: Path, **asked_for: Any) -> Request:
    return own.opened(
        wanted, runs, lambda each: Request.resolve(testbed=each, runs=runs, **asked_for)
    )


def _show(request: Request) -> None:
    for line in request.remarks():
        print(line)
    made, _ = measured_board(request, note=_seed(request))
    print(f"\n{printed(made, request.rows or None)}")
    print(f"\nwrote {request.folder / 'LEADERBOARD.md'}")


def _seed(request: Request) -> str:
    """Whether an official seed is new; nothing of other runs, whose folder names theirs."""
    if request.split != "official":
        return ""
    return f"official seed {'drawn' if request.new_seed else 'reused'}, "
