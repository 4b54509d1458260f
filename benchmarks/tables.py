"""Tables of measured figures: shown at the end of a run, and kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import tabulate
import torch

from synact_bench.results import provenance

FOLDER = Path(__file__).parent / "results"
"""Where a session's tables are kept."""

Value = str | int | float | None
Row = Mapping[str, Value]


@dataclass(frozen=True)
class Table:
    """Some measured rows.

    Attributes:
        name: of its file, without the extension.
        title: what was measured, for people.
        rows: one measured thing each; the same keys in all, None where nothing is known.
        facts: what holds for all rows.
    """

    name: str
    title: str
    rows: Sequence[Row]
    facts: Row = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The table for a terminal, four significant digits, its facts below."""
        shown = [
            {key.replace("_", " "): _short(value) for key, value in row.items()}
            for row in self.rows
        ]
        body = tabulate.tabulate(shown, headers="keys", tablefmt="github", missingval="-")
        facts = [f"{key.replace('_', ' ')}: {_short(value)}" for key, value in self.facts.items()]
        return "\n".join([body, *facts])

    def write(self, folder: Path) -> Path:
        """Write it as ``<folder>/<name>.json``, with the machine and versions it was measured on.

        Raises:
            ValueError: a figure is not finite.
        """
        commit, dirty = provenance.checkout()
        content = {
            "title": self.title,
            "machine": provenance.machine(),
            "threads": torch.get_num_threads(),
            "versions": provenance.versions(),
            "commit": commit,
            "dirty": dirty,
            "facts": dict(self.facts),
            "rows": [dict(row) for row in self.rows],
        }
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.json"
        path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        return path


def _short(value: Value) -> Value:
    return (
        f"{value:.4g}"
        if isinstance(value, float) and abs(value) < 1e4
        else (round(value) if isinstance(value, float) else value)
    )
