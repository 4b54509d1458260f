from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from synact_bench.audit import sae_page
from synact_bench.audit.sae_audit import (
    LENSES,
    RESEED,
    SIZE,
    TRAINING,
    TRUTH,
    SaeAudit,
    Truth,
    by_pair,
    by_place,
    by_seed,
)
from synact_bench.audit.sae_lenses import reseeding
from synact_bench.audit.sae_scores import EXPLAINED, MEDIAN, FirstBases
from synact_bench.scoring import Estimate
from tests.helpers import boards, cells

SETTING = boards.few().setting
NAMES = ("good", "small", "pca")


def measured(value: float, other: float = 0.5, error: float = 0.03) -> dict[str, Estimate]:
    """Scores of one dictionary; noise of its own."""
    rng = np.random.default_rng(int(1e6 * (10 + value)))

    def estimate(number: float) -> Estimate:
        return Estimate(number, number + error * rng.standard_normal(400))

    return {MEDIAN: estimate(value), "other": estimate(other), EXPLAINED: Estimate(0.5 + value / 4)}


def truth(*, broken: bool = False) -> Truth:
    doses = {-each / 4: measured(0.9 - each / 5) for each in range(5)}
    if broken:
        doses[0] = measured(-0.5)
    pair = {"true": measured(0.9), "pca": measured(0.1)}
    return Truth(
        setting=SETTING,
        documents=30,
        ladders={"replaced": by_place(doses)},
        pairs=by_pair(("true", "pca"), pair, {"true": {}, "pca": {}}, bases=24, documents=24),
    )


def test_seeds_are_judged_over_all_scores_together() -> None:
    """Of many scores one spreads by chance: each p-value is Holm-adjusted for all."""

    def scores(seed: int) -> dict[str, Estimate]:
        rng = np.random.default_rng(0)
        drawn = 0.5 + 0.03 * rng.standard_normal((8, 400))
        odd = {0: 0.0, 1: 0.09, 2: -0.02}[seed]
        values = [0.5 + odd, *(0.5 + 0.01 * seed for _ in range(7))]
        return {
            f"score {place}": Estimate(value, own)
            for place, (value, own) in enumerate(zip(values, drawn, strict=True))
        }

    found = by_seed({seed: scores(seed) for seed in range(3)})
    alone = reseeding({seed: scores(seed)["score 0"] for seed in range(3)})
    assert alone is not None
    assert 0.001 < alone.pvalue < 0.05
    assert found["score 0"].pvalue == pytest.approx(8 * alone.pvalue)
    assert (alone.verdict, found["score 0"].verdict) == ("fails", "passes")
    assert by_seed({seed: {EXPLAINED: Estimate(0.5)} for seed in range(3)}) == {}


def audit(**changed: object) -> SaeAudit:
    values = dict(zip(NAMES, (0.8, 0.6, 0.2), strict=True))
    subsets = {
        name: {12: FirstBases(20, measured(value, error=0.5))} for name, value in values.items()
    }
    facts: dict[str, object] = {
        "setting": SETTING,
        "documents": 24,
        "replicates": 400,
        "compositions": ("synthetic-random", "other"),
        "reseeded": "good",
        "reseeding": by_seed({0: measured(0.80), 1: measured(0.82), 2: measured(0.79)}),
        "training": by_place({step: measured(0.1 * place) for place, step in enumerate(STEPS)}),
        "size": by_pair(
            NAMES,
            {name: measured(value) for name, value in values.items()},
            subsets,
            bases=24,
            documents=24,
        ),
        "truth": truth(),
    }
    return SaeAudit(**(facts | changed))  # type: ignore[arg-type]


STEPS = (30, 60, 120, 240, 480, 960)


def test_a_score_that_keeps_every_order_passes_and_one_that_is_blind_does_not() -> None:
    found = audit().verdicts
    assert found[MEDIAN] == dict.fromkeys(LENSES, "passes")
    assert found["other"] == {
        RESEED: "passes",  # the same number thrice: no noise, and no use
        TRAINING: "fails",
        SIZE: "cannot be told",
        TRUTH: "fails",
    }
    # It has no interval: nothing is said of its noise, nor of pairs.
    assert found[EXPLAINED].keys() == {TRAINING, TRUTH}


def test_the_truth_fails_with_one_ladder_or_pair() -> None:
    assert audit(truth=truth(broken=True)).verdicts[MEDIAN][TRUTH] == "fails"


def test_pairs_are_shown_with_the_bases_that_decide_them() -> None:
    found = audit().size[MEDIAN]
    assert {(each.better, each.worse) for each in found} == {
        ("good", "small"),
        ("good", "pca"),
        ("small", "pca"),
    }
    for each in found:
        assert each.by_bases == {12: "undecided", 24: "as expected"}
        assert each.enough == 24
    assert EXPLAINED not in audit().size


def test_of_too_few_documents_there_is_no_verdict() -> None:
    few = audit(replicates=0)
    assert few.verdicts == {}
    shown = sae_page.page(few)
    assert "No verdict." in shown
    assert "it runs; nothing can be read off.**" in shown


def lines(shown: str, start: str) -> list[str]:
    return [" ".join(line.split()) for line in shown.splitlines() if line.startswith(start)]


def test_the_page_says_what_fails() -> None:
    shown = sae_page.page(audit())
    assert "- **other fails**: along training, known features" in shown
    assert lines(shown, f"| {MEDIAN} ")[0] == f"| {MEDIAN} | passes | passes | passes | passes |"
    assert "Spearman, n = 6" in shown
    assert "| 24 (quick) |" in shown  # the smallest preset of as many bases that is worth reading
    headings = [line for line in shown.splitlines() if line.startswith("## ")]
    assert headings == [
        "## Verdicts",
        "## Reseed noise",
        "## Along training",
        "## Between sizes",
        "## Known features",
    ]
    assert "\n\n\n" not in shown


def test_the_page_is_honest_about_what_was_not_measured() -> None:
    bare = SaeAudit(
        setting=SETTING,
        documents=24,
        replicates=400,
        compositions=("synthetic-random",),
        training=audit().training,
        lacking={RESEED: ("not asked for: add --lens reseed",), SIZE: ("a smaller SAE",)},
        flagged={cells.HOSTILE: ("synthetic-random",)},
    )
    shown = sae_page.page(bare)
    assert "- reseed noise: not asked for: add --lens reseed" in shown
    assert "- between sizes: a smaller SAE" in shown
    assert lines(shown, f"| {MEDIAN} ")[0].count("not measured") == 3
    assert shown.count("Not measured.") == 3
    assert "<img" not in shown


def test_a_passing_audit_says_that_nothing_fails() -> None:
    only = {MEDIAN: audit().training[MEDIAN]}
    shown = sae_page.page(SaeAudit(SETTING, 24, 400, ("synthetic-random",), training=only))
    assert "No score of ours fails a lens that was looked through." in shown


def test_page_and_numbers_are_written_together(tmp_path: Path) -> None:
    place = sae_page.write(audit(), tmp_path / "new")
    assert place.read_text(encoding="utf-8") == sae_page.page(audit())
    found = json.loads((tmp_path / "new" / "sae-audit.json").read_text(encoding="utf-8"))
    assert found["verdicts"][MEDIAN] == dict.fromkeys(LENSES, "passes")
    assert found["training"][MEDIAN]["correlation"] == pytest.approx(1)
    assert found["size"][MEDIAN][0]["enough"] == 24
