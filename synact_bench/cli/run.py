"""``synact-bench run``: measure what is missing, then show the board."""

from __future__ import annotations

import typer

from synact_bench.cli import own
from synact_bench.cli.measuring import measure
from synact_bench.cli.options import (
    AnyTestbed,
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
    PresetName,
    ReadHook,
    Runs,
    Sae,
    Seed,
)
from synact_bench.harness.request import RUNS, Request
from synact_bench.leaderboard import board, markdown, notes, publish

EXAMPLES = """
Examples:

  synact-bench run --preset quick

  synact-bench run --generator gaussian --generator my_method.py:MyGenerator

  synact-bench run --preset smoke --text my_novel.txt

  synact-bench run --model my-model.gguf --hook blocks.3.hook_resid_pre
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("run", epilog=EXAMPLES)(run)


def run(
    testbed: AnyTestbed = None,
    preset: PresetName = "quick",
    generator: GeneratorTargets = None,
    seed: Seed = None,
    official: Official = False,
    diagnostic: Diagnostic = False,
    text: OwnText = None,
    model: Model = None,
    hook: Hook = None,
    read_hook: ReadHook = None,
    sae: Sae = None,
    dataset: Dataset = None,
    n_ctx: NCtx = None,
    bos: Bos = False,
    runs: Runs = RUNS,
    dense: Dense = False,
    precision: PrecisionName = "float32",
    device: Device = "cpu",
) -> None:
    """Score generators on a testbed; cells already stored are reused."""
    wanted = own.declared(
        testbed,
        text=text,
        model=model,
        hook=hook,
        read_hook=read_hook,
        sae=sae,
        dataset=dataset,
        n_ctx=n_ctx,
        bos=bos,
    )
    for line in own.announced(wanted, runs):
        print(line)
    request = Request.resolve(
        testbed=wanted,
        preset=preset,
        generators=generator or (),
        seed=seed,
        official=official,
        diagnostic=diagnostic,
        runs=runs,
        dense=dense,
        precision=precision,
        device=device,
    )
    for line in own.described(request.testbed):
        print(line)
    measure(request.plans, request, note=_seed(request))
    cells = request.board_cells()
    made = board.build(cells)
    publish.write(made, cells, request.folder)
    print(markdown.main_table(made))
    for track in made.tracks:
        print(f"\n{markdown.confidence(made, track)}")
    for reason in notes.empty_scores(made):
        print(reason)
    print(f"\nwrote {request.folder / 'LEADERBOARD.md'}")


def _seed(request: Request) -> str:
    """Whether an official seed is new; nothing of other runs, whose folder names theirs."""
    if request.split != "official":
        return ""
    return f"official seed {'drawn' if request.new_seed else 'reused'}, "
