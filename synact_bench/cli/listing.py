"""``synact-bench list``: what there is to run."""

from __future__ import annotations

import typer
from tabulate import tabulate

from synact_bench.core.experiments import CONTROLS, EXPERIMENTS, PRESETS
from synact_bench.generators import discovery
from synact_bench.metrics import METRICS
from synact_bench.testbeds import spec


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("list", epilog="Example:  synact-bench list")(show)


def show() -> None:
    """List testbeds, presets, experiments, generators and metrics."""
    testbeds = [(each.identity, each.summary) for each in spec.catalog().values()]
    presets = [
        (each.name, each.bases, each.refined, each.points, each.purpose)
        for each in PRESETS.values()
    ]
    experiments = [
        (each.identity, ", ".join(each.paths), each.summary) for each in EXPERIMENTS.values()
    ]
    cards = [discovery.find(name)().card for name in discovery.names()]
    generators = [
        (card.name, card.track, "control" if card.name in CONTROLS else "", card.summary)
        for card in cards
    ]
    metrics = [(each.identity, each.status, each.definition) for each in METRICS.values()]
    for headers, rows in (
        (("testbed", "what it is"), testbeds),
        (("preset", "bases", "refined", "points", "for"), presets),
        (("experiment", "paths", "what it is"), experiments),
        (("generator", "track", "", "what it is"), generators),
        (("metric", "status", "definition"), metrics),
    ):
        print(tabulate(rows, headers=headers, tablefmt="simple"), end="\n\n")
