"""``make fuzz``: every kind of what is read from outside or shown, tried in processes of their own.

    python -m tests.fuzz [--times X] [--seed N] [--kind NAME ...]

It prints a table, and ends with 1 if anything but a ``SynactError`` was raised.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tabulate import tabulate

from tests.fuzz.tried import Kind, Tally, tally

MODULES = ("declared", "stored", "submitted", "shown", "fetched")
"""Where kinds are, each tried in a process that imports no more than it needs."""
MOST_MEMORY = 8 * 2**30
"""Bytes of address space of a process: what takes more has found a fault."""
NAMES, TALLY = "kinds ", "tally "
ROOT = Path(__file__).parents[2]
HEADERS = ("kind of input", "inputs", "refused", "accepted", "other exceptions", "seconds")


def main() -> int:
    """Try all kinds, or those that are named, and print what became of their inputs."""
    asked = _asked()
    if asked.module:
        return _child(asked)
    found = [each for module in MODULES for each in _tried(module, asked)]
    sys.stdout.write(_table(found) + "\n")
    for each in found:
        for place, (count, first) in each.escaped.items():
            sys.stdout.write(f"\n{each.name}: {count} x {place}\n    {first}\n")
    return int(any(each.others for each in found))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=float, default=1.0, help="as many inputs of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", action="append", default=[], help="of all kinds, these alone")
    parser.add_argument("--module", help=argparse.SUPPRESS)
    parser.add_argument("--done", action="append", default=[], help=argparse.SUPPRESS)
    return parser.parse_args()


def _tried(module: str, asked: argparse.Namespace) -> list[Tally]:
    """Try the kinds of a module; a process that dies of one is followed by one for the others."""
    names, found, told = [""], list[Tally](), [f"--kind={each}" for each in asked.kind]
    while len(found) < len(names):
        done = [f"--done={each.name}" for each in found]
        command = [sys.executable, "-m", "tests.fuzz", f"--module={module}", *told, *done]
        command += [f"--times={asked.times}", f"--seed={asked.seed}"]
        left, said, code = _said(command)
        names = [*(each.name for each in found), *left]
        found += said
        if code != 0:
            failed = names[len(found)] if len(found) < len(names) else module
            ended = f"the process ended with {code}"
            found.append(Tally(failed, 1, escaped={ended: (1, "see what it said")}))
            if not left:  # it did not even begin
                break
    return found


def _said(command: Sequence[str]) -> tuple[list[str], list[Tally], int]:
    """The kinds that a process began with, what became of them, and how it ended."""
    names, found = list[str](), list[Tally]()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout or ():
            if line.startswith(NAMES):
                names = json.loads(line.removeprefix(NAMES))
            elif line.startswith(TALLY):
                found.append(Tally(**json.loads(line.removeprefix(TALLY))))
                sys.stderr.write(f"{_table(found[-1:]).splitlines()[2]}\n")
    return names, found, child.returncode


def _child(asked: argparse.Namespace) -> int:
    """Try kinds here, and tell what became of each as soon as it is known."""
    kinds: Sequence[Kind] = importlib.import_module(f"tests.fuzz.{asked.module}").KINDS
    left = [each for each in kinds if each.name not in asked.done]
    left = [each for each in left if not asked.kind or each.name in asked.kind]
    _tell(NAMES, [each.name for each in left])
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    for each in left:
        found = tally(each, round(each.share * asked.times), first_seed=asked.seed * 1_000_000)
        _tell(TALLY, dataclasses.asdict(found))
    return 0


def _tell(mark: str, facts: object) -> None:
    sys.stdout.write(f"{mark}{json.dumps(facts)}\n")
    sys.stdout.flush()


def _table(found: Sequence[Tally]) -> str:
    lines = [
        (each.name, each.tried, each.refused, each.accepted, each.others, round(each.seconds, 1))
        for each in found
    ]
    sums = [sum(line[at] for line in lines) for at in range(1, 6)]  # type: ignore[misc]
    text: str = tabulate([*lines, ("all", *sums)], headers=HEADERS, tablefmt="github")
    return text


if __name__ == "__main__":
    sys.exit(main())
