"""``synact-bench list``: what there is to run."""

from __future__ import annotations

from collections.abc import Sequence

import typer
from tabulate import tabulate

from synact_bench.cli.cards import cards
from synact_bench.core.experiments import CONTROLS, EXPERIMENTS, PRESETS, RECONSTRUCTIONS
from synact_bench.metrics import METRICS
from synact_bench.testbeds import spec, suites


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("list", epilog="Example:  synact-bench list")(show)


def show() -> None:
    """List testbeds, suites, presets, experiments, metrics and generators."""
    testbeds = [(each.identity, each.summary) for each in spec.catalog().values()]
    of_suites = [
        (each.name, ", ".join(each.testbeds), each.preset, each.summary)
        for each in suites.suites().values()
    ]
    presets = [
        (each.name, each.bases, each.refined, each.points, each.purpose)
        for each in PRESETS.values()
    ]
    experiments = [
        (each.identity, ", ".join(each.paths), each.summary)
        for each in (*EXPERIMENTS.values(), *RECONSTRUCTIONS.values())
    ]
    metrics = [(each.identity, each.status, each.definition) for each in METRICS.values()]
    _print(("testbed", "what it is"), testbeds)
    _print(("suite", "testbeds", "preset", "what it is"), of_suites)
    _print(("preset", "bases", "refined", "points", "for"), presets)
    _print(("experiment", "paths", "what it is"), experiments)
    _print(("metric", "status", "definition"), metrics)
    _print(("generator", "track", "", "what it is"), _generators())


def _generators() -> list[tuple[str, ...]]:
    """Last: where their cards are not kept, methods are imported for it, and torch with them."""
    return [
        (name, track, "control" if name in CONTROLS else "", summary)
        for name, track, summary in cards()
    ]


def _print(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    print(tabulate(rows, headers=headers, tablefmt="simple"), end="\n\n", flush=True)
