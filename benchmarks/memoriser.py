"""What rules and generalisation say of the smoothed memoriser, beside real and other rows.

    python -m benchmarks.memoriser [--bases 400] [--repeats 8]

Captures activations of each testbed; runs no path.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import typer
from torch import Tensor

from synact_bench.core.experiments import HOLDOUT, PRESETS, REFERENCE, RELEASE_SEED
from synact_bench.core.rng import stream
from synact_bench.generators import BUILTINS, OPTIONAL_BASELINES
from synact_bench.generators.base import Generator
from synact_bench.generators.contract import draw, fit
from synact_bench.generators.state_size import state_size
from synact_bench.models.subject import Subject
from synact_bench.results.record import Inspection
from synact_bench.run.design import Design
from synact_bench.run.inspection import Inspector
from synact_bench.testbeds import spec

TESTBEDS = ("smollm2-135m", "smollm2-135m-layer10", "smollm2-135m-layer15")
MEMORISER = "smoothed-memoriser"
METHODS = (MEMORISER, "gaussian", "cluster-gaussian", "neighbour-interpolation")
RULES = ("near-duplicate", "not-authentic", "data-copying", "mixture", "rescaled", "test-pool")
REACH = ("coverage_new", "coverage_all", "coverage_real", "nearer")


def main(bases: int = 400, repeats: int = 8) -> None:
    """Print a line for each row of each testbed, and how often the memoriser is flagged."""
    for name in TESTBEDS:
        subject = Subject.open(spec.find(name))
        design = Design.draw(subject, replace(PRESETS["standard"], bases=bases), RELEASE_SEED)
        inspector, d_model = Inspector(subject, design), subject.train.d_model
        typer.echo(f"{name}, {bases} bases")
        typer.echo("".join(f"| {each} " for each in ("row", *RULES, *REACH, "flags")) + "|")
        for drawn in (HOLDOUT, REFERENCE):
            _show(drawn, inspector.inspect(design.draws[drawn], shown=None, drawn=True))
        for method in METHODS:
            generator, seconds = _fitted(method, subject)
            _show(
                method, inspector.inspect(_made(generator, bases, d_model), shown=None, drawn=False)
            )
            size = f", size {generator._size:.3f}" if method == MEMORISER else ""  # type: ignore[attr-defined]
            numbers = f"keeps {state_size(generator):,} numbers{size}"
            typer.echo(f"  fitted in {seconds:.1f} s of one core, {numbers}")
            if method == MEMORISER:
                draws = [_made(generator, bases, d_model, 1 + place) for place in range(repeats)]
                _repeat(draws, inspector)


def _fitted(method: str, subject: Subject) -> tuple[Generator, float]:
    generator, started = {**BUILTINS, **OPTIONAL_BASELINES}[method](), time.process_time()
    rng = stream(RELEASE_SEED, method, "fit")
    real, dictionary = replace(subject.train), replace(subject.dictionary)
    fit(generator, real, dictionary, subject.setting, rng=rng)
    return generator, time.process_time() - started


def _made(generator: Generator, n: int, d_model: int, repeat: int = 0) -> Tensor:
    rng = stream(RELEASE_SEED, generator.card.name, "plateau", repeat)
    return draw(generator, n, rng=rng, d_model=d_model)


def _repeat(draws: Sequence[Tensor], inspector: Inspector) -> None:
    seen = [inspector.inspect(each, shown=None, drawn=False) for each in draws]
    flags = [flag for each in seen for flag in each.flags]
    typer.echo(
        f"  of {len(draws)} further draws {sum(bool(each.flags) for each in seen)} flagged: {flags}"
    )


def _show(row: str, seen: Inspection) -> None:
    found = {each.rule: f"{each.value:.2f}/{each.expected:.2f}" for each in seen.findings}
    reach = (f"{seen.generalisation[name]:.2f}" for name in REACH)
    cells = (row, *(found.get(rule, "") for rule in RULES), *reach, ", ".join(seen.flags))
    typer.echo("".join(f"| {each} " for each in cells) + "|")


if __name__ == "__main__":
    typer.run(main)
