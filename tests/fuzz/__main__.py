"""``make fuzz``: every kind of what is read from outside or shown, tried in a process of its own.

    python -m tests.fuzz [--inputs N] [--seed N] [--kind NAME ...]

It prints a table, and ends with 1 if anything but a ``SynactError`` was raised.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tabulate import tabulate

from tests.fuzz.kinds import KINDS
from tests.fuzz.tried import Tally, tally

INPUTS = 105_000
MOST_MEMORY = 8 * 2**30
"""Bytes of address space of a process: what takes more has found a fault."""
MARK = "tally "
ROOT = Path(__file__).parents[2]
HEADERS = ("kind of input", "inputs", "refused", "accepted", "other exceptions", "seconds")


def main() -> int:
    """Try all kinds, or those that are named, and print what became of their inputs."""
    asked = _asked()
    whole = sum(each.share for each in KINDS)
    chosen = {each.name: -(-asked.inputs * each.share // whole) for each in KINDS}
    if asked.kind:
        chosen = dict.fromkeys(asked.kind, asked.inputs)
    if asked.child:
        return _child(chosen, asked.seed)
    found: list[Tally] = []
    while len(found) < len(chosen):
        found += _tried([*chosen][len(found) :], asked)
    sys.stdout.write(_table(found) + "\n")
    for each in found:
        for place, (count, first) in each.escaped.items():
            sys.stdout.write(f"\n{each.name}: {count} x {place}\n    {first}\n")
    return int(any(each.others for each in found))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=INPUTS, help="of all kinds, or of each named")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", action="append", default=[], choices=[e.name for e in KINDS])
    parser.add_argument("--child", action="append", default=[], help=argparse.SUPPRESS)
    return parser.parse_args()


def _tried(names: Sequence[str], asked: argparse.Namespace) -> list[Tally]:
    """Try kinds in a process that may die of one: what became of those up to it, and it."""
    command = [sys.executable, "-m", "tests.fuzz", *(f"--kind={each}" for each in asked.kind)]
    command += [f"--inputs={asked.inputs}", f"--seed={asked.seed}"]
    command += [f"--child={each}" for each in names]
    found = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.startswith(MARK):
                found.append(Tally(**json.loads(line.removeprefix(MARK))))
                sys.stderr.write(f"{_table(found[-1:]).splitlines()[2]}\n")
    if len(found) < len(names):
        ended = f"the process ended with {child.returncode}"
        found.append(Tally(names[len(found)], 1, escaped={ended: (1, "see what it said")}))
    return found


def _child(chosen: Mapping[str, int], seed: int) -> int:
    """Try kinds here, and tell what became of each as soon as it is known."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    kinds = {each.name: each for each in KINDS}
    for name in _asked().child:
        found = tally(kinds[name], chosen[name], first_seed=seed * 1_000_000)
        sys.stdout.write(f"{MARK}{json.dumps(dataclasses.asdict(found))}\n")
        sys.stdout.flush()
    return 0


def _table(found: list[Tally]) -> str:
    lines = [
        (each.name, each.tried, each.refused, each.accepted, each.others, round(each.seconds, 1))
        for each in found
    ]
    sums = [sum(line[at] for line in lines) for at in range(1, 6)]  # type: ignore[misc]
    text: str = tabulate([*lines, ("all", *sums)], headers=HEADERS, tablefmt="github")
    return text


if __name__ == "__main__":
    sys.exit(main())
