"""Generators: everything that boards say of one row, on every testbed."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence

from synact_bench.core.experiments import WRONG_PROMPT
from synact_bench.metrics import METRICS
from synact_bench.reports import formatting
from synact_bench.reports.board import Board, BoardRow
from synact_bench.reports.declared import preset_changed, run_command
from synact_bench.reports.flags import rule_words
from synact_bench.reports.verdicts import verdict
from synact_bench.site import standings
from synact_bench.site.behind import over_all
from synact_bench.site.cell_facts import RowFacts
from synact_bench.site.curves import shown
from synact_bench.site.distributions import distributions
from synact_bench.site.drawn import Failing, Told
from synact_bench.site.pages import (
    GeneratorPage,
    MetricLine,
    RowOnTestbed,
    SuiteStanding,
    TriedRule,
)
from synact_bench.site.suites import MeasuredBoard, MeasuredSuite, data_place, slug
from synact_bench.site.tables import generator_link

DRAWN, DERIVED = "synact_bench.run.design", "synact_bench.scoring.curve_sample"
"""Modules that make rows which no generator does: draws, and real curves on the wrong prompts."""
ModuleOf = Callable[[str], str]
"""Gives the name of the module that declares a built-in generator; empty for any other."""
PLUGIN = "<your module>:<your class>"
"""Where the generator of a row lies which does not come with the package."""


def generators(suites: Sequence[MeasuredSuite], module_of: ModuleOf) -> Iterable[GeneratorPage]:
    """A page for every row of any board, by name."""
    found: dict[str, list[tuple[MeasuredBoard, BoardRow]]] = {}
    for suite in suites:
        for made in suite.boards:
            for row in made.board.rows:
                found.setdefault(row.name, []).append((made, row))
    for name in sorted(found):
        own = [(made.title, row) for made, row in found[name]]
        yield GeneratorPage(
            page=generator_link(name),
            slug=slug(name),
            kind=standings.kind(own[0][1]),
            code=code(found[name][0][1], module_of),
            card=tuple(_card(own)),
            summary=where_each((title, row.card.summary) for title, row in own),
            overall=tuple(_overall(name, suites)),
            testbeds=tuple(on_testbed(made, each) for made, each in found[name]),
        )


def on_testbed(made: MeasuredBoard, row: BoardRow) -> RowOnTestbed:
    """Everything that a board says of a row."""
    board, own = made.board, made.facts.rows[row.name]
    return RowOnTestbed(
        column=standings.column(made),
        standing=standings.on_board(row, board),
        verdict=verdict(row, board),
        parts=standings.parts(row, board),
        metrics=tuple(_metrics(row)) if board.replicates else (),
        data="" if own.curves is None else data_file(made, row.name),
        cells=own.scored,
        distributions=tuple(distributions(row.name, made.facts.histograms)),
        failing=failing(row),
        rules=tuple(_rules(row)) if board.replicates else (),
        provenance=own.provenance,
        dated=_dated(own),
        command=command(row, board),
        changed=preset_changed(board),
    )


def code(row: BoardRow, module_of: ModuleOf) -> str:
    """Path of the file that makes a row, in the repository; empty for a plugin's."""
    if row.identity.source_digest:
        return ""
    module = module_of(row.name)
    if not module:
        module = DERIVED if row.name == WRONG_PROMPT else DRAWN if row.card.kind == "draw" else ""
    return f"{module.replace('.', '/')}.py" if module else ""


def _dated(own: RowFacts) -> str:
    return "" if own.created is None else f"{own.created[:10]}, release {own.release}"


def data_file(made: MeasuredBoard, name: str) -> str:
    """Place of a row's curves."""
    return data_place(made.key, name)


def failing(row: BoardRow) -> Failing | None:
    """Where a row is farthest from real; None where there are too few documents to say."""
    if row.worst is None:
        return None
    cell, found = row.worst
    return Failing(
        cell=shown(cell),
        blocks=_falling(found.blocks.items()),
        regions=tuple(found.regions.items()),
        told=Told(100 * found.judge.told, 100 * found.judge.error),
        bases=found.bases,
    )


def command(row: BoardRow, board: Board) -> str:
    """What to type to measure a row again, with the rows that it is compared with."""
    whole = run_command(board)
    if row.card.kind == "draw":
        return whole
    named = shlex.quote(row.name) if not row.identity.source_digest else f"'{PLUGIN}'"
    return f"{whole} --generator {named}"


def _falling(shares: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(shares, key=lambda each: -each[1]))


def where_each(stated: Iterable[tuple[str, str]]) -> str:
    """What is stated on testbeds, by title: once where it is the same, else with where each is."""
    found: dict[str, list[str]] = {}
    for title, value in stated:
        found.setdefault(value, []).append(title)
    if len(found) == 1:
        return next(iter(found))
    return "; ".join(f"{value or 'none'} (on {', '.join(on)})" for value, on in found.items())


def _card(own: Sequence[tuple[str, BoardRow]]) -> Iterable[tuple[str, str]]:
    """What is declared of a row on each testbed that it was measured on."""
    stated = [(title, _declared(row)) for title, row in own]
    for name in stated[0][1]:
        value = where_each((title, facts[name]) for title, facts in stated)
        if value:
            yield name, value


def _declared(row: BoardRow) -> Mapping[str, str]:
    identity, card = row.identity, row.card
    parameters = ", ".join(f"{name}={each}" for name, each in sorted(identity.parameters.items()))
    return {
        "version": identity.version,
        "track": standings.kind(row),
        "parameters": parameters,
        "authors": ", ".join(card.authors),
        "reference": card.reference,
        "numbers in its fitted state": "" if row.kept is None else f"{row.kept:,}",
        "SHA-256 of its source": identity.source_digest,
    }


def _overall(name: str, suites: Iterable[MeasuredSuite]) -> Iterable[SuiteStanding]:
    for suite in suites:
        for row in suite.grid.rows if suite.grid else ():
            if row.name == name and suite.grid is not None:
                standing = standings.over_all(row, suite.grid)
                yield SuiteStanding(suite.key, suite.title, standing, over_all(name, suite))


def _metrics(row: BoardRow) -> Iterable[MetricLine]:
    """Headline metrics by cell: they explain a realism and are no part of it."""
    for cell, scores in row.metrics.items():
        for name, each in scores.items():
            if METRICS[name].status == "headline" and each.distance is not None:
                yield MetricLine(
                    cell=shown(cell),
                    metric=name.replace("_", " "),
                    unit=METRICS[name].unit,
                    mean=formatting.measure(each.mean),
                    real=formatting.measure(each.real_mean),
                    distance=formatting.measured(each.distance),
                    alike=bool(each.indistinguishable),
                )


def _rules(row: BoardRow) -> Iterable[TriedRule]:
    for experiment, inspection in row.inspections.items():
        for rule, found, broken in rule_words(inspection):
            yield TriedRule(experiment, rule, found, broken)
