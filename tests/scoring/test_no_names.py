"""Scoring knows metrics by what they declare, none of them by its name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import synact_bench.metrics
from synact_bench import scoring
from synact_bench.metrics import METRICS

MODULES = sorted(Path(scoring.__file__).parent.glob("*.py"))
NAMED = re.compile(rf"\b({'|'.join(METRICS)})\b")
ALLOWED = {
    *(f"synact_bench.metrics.{name}" for name in synact_bench.metrics.__all__),
    "synact_bench.metrics.base",
}
"""What scoring may import of the metrics: the table, and what a metric is."""


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of all that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            whole = base == "synact_bench.metrics.base"
            yield from [base] if whole else (f"{base}.{each.name}" for each in node.names)


def faults(source: str) -> list[str]:
    """Imports of a metric, and texts (documentation too) that name one."""
    tree = ast.parse(source)
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    metrics = [each for each in imported(tree) if re.match(r"(synact_bench)?\.+metrics\b", each)]
    return [
        *(each for each in metrics if each not in ALLOWED),
        *(found for text in texts for found in NAMED.findall(text)),
    ]


@pytest.mark.parametrize("module", MODULES, ids=lambda each: each.stem)
def test_no_module_of_scoring_names_or_imports_a_metric(module: Path) -> None:
    assert faults(module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from synact_bench.metrics import METRICS, Metric", []),
        ("from synact_bench.metrics.base import Floats", []),
        ("from synact_bench.metrics import step_sharpness", "synact_bench.metrics.step_sharpness"),
        ("import synact_bench.metrics.ap_step", "synact_bench.metrics.ap_step"),
        (
            "from synact_bench.metrics.kl_curve_gap import log_kl",
            "synact_bench.metrics.kl_curve_gap.log_kl",
        ),
        ("from ..metrics import ap_step", "..metrics.ap_step"),
        ("known = rows['kl_curve_gap']", "kl_curve_gap"),
        ("said = f'{row} has no plateau_width'", "plateau_width"),
        ("relative_step_sharpness_ = 1", []),
    ],
)
def test_the_check_finds_every_way_to_know_a_metric(source: str, found: str | list[str]) -> None:
    assert faults(source) == ([found] if isinstance(found, str) else found)
