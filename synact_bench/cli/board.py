"""``synact-bench board``: a leaderboard out of stored cells."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from synact_bench.cli.options import CheckOption, SubmissionsOption
from synact_bench.core.errors import RecordError
from synact_bench.core.experiments import RECONSTRUCTIONS
from synact_bench.reports import board as boards
from synact_bench.reports import grid as grids
from synact_bench.reports import grid_page, publish, reconstructions, reconstructions_page
from synact_bench.reports.archive import reconstructs
from synact_bench.reports.boards import together
from synact_bench.reports.comparable import by_testbed
from synact_bench.reports.printed import printed
from synact_bench.results import published
from synact_bench.results.board_cache import BoardCache
from synact_bench.results.files import differing, write_together
from synact_bench.results.packed_testbeds import PackedTestbeds
from synact_bench.results.store import Cell
from synact_bench.submissions import folder as submitted

EXAMPLES = """
Examples:

  synact-bench board runs/smollm2-135m/standard/seed-0 --out leaderboard

  synact-bench board leaderboard/records/smollm2-135m.parquet --out leaderboard --check

  synact-bench board runs/early/quick/seed-0 runs/late/quick/seed-0 --out both

  synact-bench board runs/smollm2-135m/quick/seed-0-reconstruction --out reconstructions
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("board", epilog=EXAMPLES)(board)


def board(
    folders: Annotated[list[Path], typer.Argument(help="Packs, or folders of stored cells.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the board.")],
    submissions: SubmissionsOption = None,
    check: CheckOption = False,
) -> None:
    """Write LEADERBOARD.md, scores.json and figures from stored cells; nothing is run.

    Of several testbeds it is one board, with a column for each and the means over all. Of cells of
    the reconstruction track RECONSTRUCTIONS.md and reconstructions.json are written instead.
    """
    packed = packed_testbeds(folders, submissions or ())
    if packed is not None and len(packed) > 1:
        _several(packed, out, check=check)
        return
    cells = stored(folders, submissions or ())
    if all(map(reconstructs, cells)):
        _reconstructions(cells, out, check=check)
        return
    if len(by_testbed(cells)) > 1:
        _several(by_testbed(cells), out, check=check)
        return
    made = boards.build(cells)
    if check:
        conclude(publish.differences(made, cells, out), out, what="board", renew="make board")
        return
    publish.write(made, cells, out)
    print(printed(made))
    print(f"\nwrote {out / 'LEADERBOARD.md'}")


def packed_testbeds(
    folders: Sequence[Path], submissions: Sequence[Path] = ()
) -> PackedTestbeds | None:
    """Testbeds of the main track that are all in packs, which need not be held together.

    Raises:
        RecordError: a pack is missing, damaged or newer.
    """
    if submissions or not all(each.suffix == published.PACK for each in folders):
        return None
    found = PackedTestbeds(folders)
    return found if found.experiments.isdisjoint(RECONSTRUCTIONS) else None


def _several(cells: Mapping[str, Sequence[Cell]], out: Path, *, check: bool) -> None:
    cache = None if check else BoardCache()
    made = grids.grid(together(cells, cache=cache))
    files = grid_page.contents(made)
    if check:
        conclude(differing(files, out), out, what="board", renew="make board")
        return
    write_together({out / name: content for name, content in files.items()})
    print(f"{grid_page.printed(made)}\n\nwrote {out / grid_page.PAGE}")


def _reconstructions(cells: Sequence[Cell], out: Path, *, check: bool) -> None:
    made = reconstructions.build(cells)
    files = reconstructions_page.contents(made)
    if check:
        conclude(differing(files, out), out, what="board", renew="synact-bench board")
        return
    write_together({out / name: content for name, content in files.items()})
    print(reconstructions_page.printed(made))
    print(f"\nwrote {out / reconstructions_page.PAGE}")


def stored(folders: Sequence[Path], submissions: Sequence[Path] = ()) -> list[Cell]:
    """All cells in some packs and folders, and those of submissions beside them.

    A folder of submissions is called as their testbed: they take none of its rows' names.

    Raises:
        RecordError: there is none, or one is damaged or newer, or a submission cannot be accepted.
    """
    cells = published.cells(folders)
    on = by_testbed(cells)
    for folder in submissions:
        names = {cell.record.identity.generator.name for cell in on.get(folder.name, cells)}
        cells += submitted.cells(folder, taken=sorted(names))
    if not cells:
        raise RecordError(
            "no stored cells",
            where=", ".join(map(str, folders)),
            fix="measure some with 'synact-bench run'",
        )
    return cells


def conclude(differences: list[str], out: Path, *, what: str, renew: str) -> None:
    """Say whether what is published follows from its cells; exit 1 if it does not.

    Args:
        differences: a line for each file that does not.
        out: where it is published.
        what: its name.
        renew: the command that writes it again.
    """
    if not differences:
        print(f"{out}: the {what} is what its cells give")
        return
    for line in differences:
        print(f"synact-bench: {line}", file=sys.stderr)
    print(f"synact-bench: renew it with '{renew}' and commit it", file=sys.stderr)
    raise typer.Exit(1)
