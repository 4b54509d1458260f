"""Testbeds and dictionaries: what is probed, and what its board finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from synact_bench.reports import formatting
from synact_bench.reports.board import TRACKS, Board, BoardRow
from synact_bench.reports.declared import declared, preset_changed, run_command
from synact_bench.site import standings
from synact_bench.site.model import Facts, Link
from synact_bench.site.pages import SaePage, TestbedPage, TestbedRow
from synact_bench.site.rows import failing
from synact_bench.site.suites import MeasuredBoard, MeasuredSuite, slug
from synact_bench.site.tables import generator_link
from synact_bench.testbeds.sources import PrincipalComponents, ReleasedSae, ShippedSae
from synact_bench.testbeds.spec import Testbed

OF_SAE = ("sae-reconstruction", "permuted-decoder")
"""Controls that are made with the dictionary alone."""
LEADING = 3
"""Rows of a track that a dictionary's page shows."""


def testbeds(suites: Iterable[MeasuredSuite]) -> Iterable[TestbedPage]:
    """A page a board."""
    for suite in suites:
        for made in suite.boards:
            yield _page(made, suite.title)


def saes(suites: Sequence[MeasuredSuite]) -> Iterable[SaePage]:
    """A page a dictionary, in the order in which testbeds name them."""
    found: dict[str, list[MeasuredBoard]] = {}
    for suite in suites:
        for made in suite.boards:
            found.setdefault(_origin(made.board), []).append(made)
    for origin, boards in found.items():
        yield SaePage(
            page=sae_link(boards[0].board),
            slug=slug(origin),
            facts=tuple(_sae_facts(boards)),
            rows=tuple((standings.column(made), tuple(_on_sae(made))) for made in boards),
        )


def sae_link(board: Board) -> Link:
    """The page of a board's dictionary."""
    return Link(_sae_name(board), f"saes/{slug(_origin(board))}.html")


def _page(made: MeasuredBoard, suite: str) -> TestbedPage:
    board = made.board
    found = declared(board.setting)
    return TestbedPage(
        column=standings.column(made),
        suite=suite,
        summary=found.summary if found else "",
        facts=(*_declared_facts(found), *_measured_facts(board)),
        rows=tuple(_row(row, board) for row in board.rows),
        controls=tuple(_controls(board)),
        notes=tuple(f"{'/'.join(cell)}: {why}" for cell, why in board.unscored.items()),
        sae=sae_link(board),
        command=run_command(board),
        changed=preset_changed(board),
    )


def _row(row: BoardRow, board: Board) -> TestbedRow:
    found = failing(row)
    return TestbedRow(
        page=generator_link(row.name),
        kind=standings.kind(row),
        standing=standings.on_board(row, board),
        parts=standings.parts(row, board),
        told=None if found is None else found.told,
    )


def _declared_facts(found: Testbed | None) -> Facts:
    if found is None:
        return (("declaration", "a person's own, not one of this project"),)
    return (
        ("model", found.model.origin),
        ("written at", found.write_hook),
        ("read at", found.read_hook),
        ("token", f"{found.write_index + 1} of {found.n_ctx}"),
        ("train activations", f"{found.train_activations:,}"),
    )


def _measured_facts(board: Board) -> Facts:
    setting, origin = board.setting, board.origin
    return (
        ("testbed", f"{setting.testbed}, digest {setting.testbed_digest[:12]}"),
        ("weights", "; ".join(origin.models)),
        ("text", "; ".join(origin.texts)),
        ("bases", f"{setting.bases} of {board.documents} documents"),
        ("tau, absolute length", f"{setting.tau:g}, {setting.absolute_length:g}"),
        ("scale", "frozen in the testbed" if board.frozen else "measured from these cells"),
        ("versions", ", ".join((*setting.experiments, *setting.paths, setting.engine))),
    )


def _controls(board: Board) -> Iterable[tuple[str, str, str]]:
    """What the controls must show, what they show, and whether it is so."""
    for order in board.orders:
        claim = f"{order.above} above {order.below} by {order.by.replace('_', ' ')}"
        yield claim, formatting.measured(order.difference), order.verdict
    for place in board.places:
        claim = f"{place.control} at realism {place.expected:g}"
        yield claim, formatting.interval(place.realism), place.verdict


def _origin(board: Board) -> str:
    return "; ".join(board.origin.saes) or "not known"


def _sae_name(board: Board) -> str:
    """What a dictionary is called: by its declaration, or by what records say of it."""
    found = declared(board.setting)
    source = None if found is None else found.sae
    if isinstance(source, ShippedSae):
        return source.folder
    if isinstance(source, PrincipalComponents):
        return source.origin
    return source.origin if isinstance(source, ReleasedSae) else _origin(board)


def _sae_facts(boards: Sequence[MeasuredBoard]) -> Iterable[tuple[str, str]]:
    yield "origin, as records state it", _origin(boards[0].board)
    for made in boards:
        found = declared(made.board.setting)
        if found is None:
            continue
        where = f"on {made.title}, {found.write_hook}"
        if found.explained_variance is not None:
            yield f"variance explained {where}", f"{100 * found.explained_variance:.0f} %"
        if found.l0 is not None:
            yield f"L0 {where}", f"{found.l0:g}"


def _on_sae(made: MeasuredBoard) -> Iterable[TestbedRow]:
    """Controls made with the dictionary, then the first rows of each track."""
    rows = made.board.rows
    chosen = [row for row in rows if row.name in OF_SAE]
    for track in TRACKS:
        own = [row for row in rows if standings.kind(row) == track and row.rank is not None]
        chosen += own[:LEADING]
    return (_row(row, made.board) for row in chosen)
