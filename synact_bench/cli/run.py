"""``synact-bench run``: measure what is missing, then show the board."""

from __future__ import annotations

import typer

from synact_bench.cli.measuring import measure
from synact_bench.cli.options import (
    Dense,
    Device,
    Diagnostic,
    GeneratorTargets,
    Official,
    OwnText,
    PrecisionName,
    PresetName,
    Runs,
    Seed,
    TestbedName,
)
from synact_bench.harness.request import RUNS, Request
from synact_bench.leaderboard import board, markdown, notes, publish

EXAMPLES = """
Examples:

  synact-bench run --preset quick

  synact-bench run --generator gaussian --generator my_method.py:MyGenerator

  synact-bench run --preset smoke --text my_novel.txt
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("run", epilog=EXAMPLES)(run)


def run(
    testbed: TestbedName = "smollm2-135m",
    preset: PresetName = "quick",
    generator: GeneratorTargets = None,
    seed: Seed = None,
    official: Official = False,
    diagnostic: Diagnostic = False,
    text: OwnText = None,
    runs: Runs = RUNS,
    dense: Dense = False,
    precision: PrecisionName = "float32",
    device: Device = "cpu",
) -> None:
    """Score generators on a testbed; cells already stored are reused."""
    request = Request.resolve(
        testbed=testbed,
        preset=preset,
        generators=generator or (),
        seed=seed,
        official=official,
        diagnostic=diagnostic,
        text=text,
        runs=runs,
        dense=dense,
        precision=precision,
        device=device,
    )
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
