"""How well costs are told: each row of published cells predicted from all the others."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from synact_bench.results import pack, published
from synact_bench.results.summary import Summary
from synact_bench.run.cost import Costs, rates

TESTBED = "smollm2-135m"


def ratios(path: Path) -> dict[str, float]:
    """Predicted over measured seconds of each row, from the cells of the other rows."""
    rows: dict[str, list[Summary]] = {}
    for record in pack.records(path):
        rows.setdefault(record.identity.generator.name, []).append(Summary.of_record(record))
    found = {}
    for row, own in rows.items():
        others = [each for name, cells in rows.items() if name != row for each in cells]
        known = Costs("", seconds=rates(others, lambda each: each.seconds))
        told = sum(known.seconds[each.cell] * each.asked for each in own)
        found[row] = told / sum(each.seconds for each in own)
    return found


if __name__ == "__main__":
    found = ratios(published.of(TESTBED))
    apart = np.abs(np.array([*found.values()]) - 1)
    lines = [
        f"{len(found)} rows: predicted over measured {min(found.values()):.2f} to "
        f"{max(found.values()):.2f}, within 25 % for {(apart <= 0.25).sum()}",
        f"median error {np.median(apart):.1%}",
        *(f"  {row}: {ratio:.2f}" for row, ratio in sorted(found.items())),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
