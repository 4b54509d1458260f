"""What a large store costs: its board, its site, its comparison, and a plan beside it.

    python -m benchmarks.load [--generators 200] [--testbeds 20] [--bases 400] [--store FOLDER]

The store is drawn (``benchmarks/load_store.py``) and kept in the folder for the next call. Each
thing is done by the command that a person types, in a process of its own; its time is counted from
the start of that process, imports included, and its memory is the highest that it held. CPU
seconds are of all its threads: on a busy machine they say more than seconds by the clock. All have
one cache, which is empty at first: what is made "again" finds there what was made before, as the
site finds the boards.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

from benchmarks import load_store
from benchmarks.load_store import LoadSize
from benchmarks.tables import FOLDER, Row, Table
from synact_bench.run.options import DEFAULT_TESTBED

ROOT = Path(__file__).parents[1]
CLI = ("-c", "from synact_bench.cli.watched import console; console()")
"""The command as it is installed, of the checkout that this is."""


@dataclass(frozen=True)
class Target:
    """What something may take on two cores: seconds by the clock, and MB."""

    seconds: float
    memory: float


TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "board": Target(30, 1000),
        "board, again": Target(30, 1000),
        "site": Target(30, 1000),
        "site, again": Target(30, 1000),
        "comparison": Target(30, 1000),
        "plan": Target(2, 1000),
        "plan, empty folder": Target(2, 1000),
    }
)
"""Of a store of 200 generators on 20 testbeds."""


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds by the clock and of its CPUs, MB at most, and how it ended."""

    seconds: float
    cpu: float
    memory: float
    status: int


def commands(size: LoadSize, store: Path, out: Path) -> dict[str, tuple[str, ...]]:
    """What is measured, as arguments of Python; the store is drawn where it is not there yet.

    Args:
        size: of the store.
        store: its folder.
        out: where pages are written.
    """
    packs = list(map(str, load_store.packs(size, store / "packs")))
    own = store / "runs" / DEFAULT_TESTBED / load_store.PRESET.name / "seed-0"
    if not own.exists():
        load_store.run_folder(size, size.names[0], own)
    plan = (*CLI, "plan", "--preset", load_store.PRESET.name, "--json", "--runs")
    board = (*CLI, "board", *packs, "--out", str(out / "board"))
    site = (*CLI, "site", *packs, "--out", str(out / "site"))
    return {
        "board": board,
        "board, again": board,
        "site": site,
        "site, again": site,
        "comparison": ("-m", "benchmarks.load_comparison", *packs),
        "plan": (*plan, str(store / "runs")),
        "plan, empty folder": (*plan, str(out / "none")),
    }


def measure(arguments: Sequence[str], cache: Path) -> Cost:
    """Run Python in a process of its own, what it prints left out.

    Args:
        arguments: of Python.
        cache: folder of what is kept for later commands.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SYNACT_CACHE": str(cache)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiling is no part of what is measured
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1e6 if sys.platform == "darwin" else 1e6 / 2**10
    return Cost(
        seconds=time.perf_counter() - started,
        cpu=used.ru_utime + used.ru_stime,
        memory=used.ru_maxrss / unit,
        status=process.returncode,
    )


def rows(measured: Mapping[str, Cost]) -> list[Row]:
    """A line for each thing that was measured, with what it may take."""
    return [
        {
            "what": name,
            "seconds": cost.seconds,
            "target, seconds": TARGETS[name].seconds,
            "CPU seconds": cost.cpu,
            "MB": cost.memory,
            "target, MB": TARGETS[name].memory,
            "ended": "well" if cost.status == 0 else f"status {cost.status}",
        }
        for name, cost in measured.items()
    ]


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main(
    generators: Annotated[int, typer.Option(help="Rows of generators, controls included.")] = 200,
    testbeds: Annotated[int, typer.Option(help="How many there are.")] = 20,
    bases: Annotated[int, typer.Option(help="Of each cell.")] = load_store.PRESET.bases,
    only: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(TARGETS)}; repeatable.")
    ] = None,
    store: Annotated[
        Path | None, typer.Option(help="Where the store is kept; one that is thrown away.")
    ] = None,
) -> None:
    """Draw the store, do each thing with it, and print what it took."""
    size = LoadSize(generators, testbeds, bases, min(bases, load_store.PRESET.refined))
    with tempfile.TemporaryDirectory() as scratch:
        place = store or Path(scratch) / "store"
        wanted = only or list(TARGETS)
        asked = commands(size, place / f"{generators}x{bases}", Path(scratch))
        measured = {}
        for name, arguments in asked.items():
            if name in wanted:
                typer.echo(f"{name} ...", err=True)
                measured[name] = measure(arguments, Path(scratch) / "cache")
    facts: Row = {
        "generators": generators,
        "testbeds": testbeds,
        "bases of a cell": bases,
        "of them refined": size.refined,
        "cells": size.cells * testbeds,
    }
    table = Table("load", "what a large store costs", rows(measured), facts)
    table.write(FOLDER)
    typer.echo(table.text)


if __name__ == "__main__":
    app()
