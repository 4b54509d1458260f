"""The audit of SAE scores, from the command line to its page."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from synact_bench.audit import sae_scores
from synact_bench.audit.sae_scores import EXPLAINED, MEDIAN
from synact_bench.cli import audited_saes, audited_testbeds, dictionaries
from synact_bench.cli.audit_sae import Asked
from synact_bench.cli.dictionaries import MeasuredDictionaries
from synact_bench.core.errors import FailedRowsError, SynactError
from synact_bench.core.experiments import Preset
from synact_bench.models import planted, train_sae
from synact_bench.reports import publish
from synact_bench.reports.dictionaries import RECONSTRUCTION
from synact_bench.run.options import RunOptions
from synact_bench.scoring import Estimate
from synact_bench.testbeds.spec import Testbed
from tests.helpers import boards
from tests.helpers.commands import invoke, refused
from tests.helpers.testbeds import SETTINGS, Trained

RUN = ("audit-sae", "--preset", "smoke", "--testbed", "tiny", "--generator", "synthetic-random")
Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take longer than all the cells, and are tested with the board."""
    monkeypatch.setattr(publish, "draw", lambda *_: ())


@pytest.fixture(scope="module")
def small(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A smaller SAE of the same hook, with three snapshots of its training."""
    changed = {"samples": 100 * 64, "d_sae": 24, "lr_decay_steps": 10, "snapshots": 3}
    folder = tmp_path_factory.mktemp("small") / "small"
    train_sae.train(trained.testbed, SETTINGS.model_copy(update=changed), folder)
    return folder


def without_use(snapshot: Path) -> None:
    """The snapshot's card, as of one that explains nothing."""
    card = json.loads((snapshot / "card.json").read_text(encoding="utf-8"))
    card["explained_variance"] = -0.25
    (snapshot / "card.json").write_text(json.dumps(card), encoding="utf-8")


def test_the_lenses_on_a_testbed_are_measured_once_and_written(
    tiny_catalog: Testbed, small: Path, tmp_path: Path, capfd: Said
) -> None:
    kept = tmp_path / "kept"
    shutil.copytree(small / "snapshots", kept)
    without_use(kept / "step-3")
    runs, out = tmp_path / "runs", tmp_path / "out"
    lenses = ("--lens", "reseed", "--lens", "training", "--lens", "size", "--seeds", "2")
    asked = (*RUN, *lenses, "--runs", runs, "--small", small, "--snapshots", kept, "--out", out)
    with boards.short_floors():
        assert invoke(*asked) == 0
    said = capfd.readouterr().out
    assert "8 prompts: it runs; nothing can be read off" in (out / "SAE-AUDIT.md").read_text()
    assert f"wrote {out / 'SAE-AUDIT.md'}" in said
    assert "No verdict." in said
    assert "- along training: step 3: by its card it explains no more than the mean" in said
    assert "- known features: not asked for: add --lens truth" in said
    found = json.loads((out / "sae-audit.json").read_text(encoding="utf-8"))
    # Of 8 prompts there is no realism: what explains how much is all that is known.
    assert found["training"][EXPLAINED]["values"].keys() == {"17", "100"}
    assert found["training"][EXPLAINED]["correlation"] == pytest.approx(1)
    assert found["reseeded"] == "tiny"
    assert not list(runs.rglob("isotropic--*"))  # a control that no score is made of
    assert (runs / "tiny" / "smoke" / "seed-1" / "LEADERBOARD.md").is_file()
    before = (out / "SAE-AUDIT.md").read_bytes()
    with boards.short_floors():
        assert invoke(*asked) == 0
    again = capfd.readouterr().out
    # Three of an expected order, one snapshot of its own, and a further seed: the last snapshot has
    # the weights of the small SAE.
    assert again.count(" cells reused, 0 to measure") == 5
    assert (out / "SAE-AUDIT.md").read_bytes() == before


def test_the_score_follows_planted_features(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Said
) -> None:
    small = partial(planted.open_or_plant, size=planted.Size(documents=170, words=90))
    monkeypatch.setattr(planted, "open_or_plant", small)
    monkeypatch.setattr(planted, "REPLACED", (0.5, 1.0))
    monkeypatch.setattr(planted, "ROTATED", (70.0,))
    options = RunOptions(
        preset=Preset("few", bases=48, refined=0),
        generators=("synthetic-random-other",),
        runs=tmp_path / "runs",
    )
    asked = Asked("default", None, {}, 3, ("truth",), tmp_path / "out")
    with boards.short_floors():
        audited_saes.show(options, asked)
    assert "not measured" in capfd.readouterr().out
    found = json.loads((tmp_path / "out" / "sae-audit.json").read_text(encoding="utf-8"))
    assert found["setting"] is None
    ladders = found["truth"]["ladders"]
    assert {*ladders} == {"replaced", "rotated"}
    for ladder in ladders.values():
        assert ladder[MEDIAN]["correlation"] == pytest.approx(1)
        assert ladder[RECONSTRUCTION]["correlation"] == pytest.approx(1)
        assert ladder[MEDIAN]["verdict"] == "cannot be told"  # of so few dictionaries
    (pair,) = found["truth"]["pairs"][MEDIAN]
    assert (pair["better"], pair["worse"]) == ("true", "pca")
    assert pair["outcome"] == "as expected"
    # Principal components reconstruct everything: by that score they are the better dictionary.
    (pair,) = found["truth"]["pairs"][RECONSTRUCTION]
    assert pair["outcome"] != "as expected"
    assert EXPLAINED not in found["truth"]["pairs"]


@pytest.mark.usefixtures("tiny_catalog")
def test_the_last_snapshot_is_not_measured_beside_its_sae(small: Path, tmp_path: Path) -> None:
    lean = RunOptions(testbed="tiny", runs=tmp_path)
    steps = {step: small / "snapshots" / f"step-{step}" for step in (3, 17, 100)}
    saes, places = audited_testbeds._measured_once(lean, [str(small), "pca"], steps)
    assert saes == [str(small), "pca", str(steps[3]), str(steps[17])]
    assert places == {3: 2, 17: 3, 100: 0}
    saes, places = audited_testbeds._measured_once(lean, ["default"], steps)
    assert (len(saes), places) == (4, {3: 1, 17: 2, 100: 3})


def test_scores_are_of_compositions_that_nothing_lacks() -> None:
    def measured(*names: str) -> MeasuredDictionaries:
        return MeasuredDictionaries((), names, {}, ())

    looked = audited_testbeds.Looked(
        [measured("a", "b", "c"), measured("c", "b"), measured("b", "a", "c")]
    )
    assert audited_saes._shared(looked) == ("b", "c")
    failed = SynactError("fails", where="a", fix="mend it")
    looked = audited_testbeds.Looked([measured("a"), measured("b")], {"tiny": {"a": failed}})
    with pytest.raises(FailedRowsError):
        audited_saes._shared(looked)


@pytest.mark.usefixtures("tiny_catalog")
def test_a_composition_that_fails_with_one_seed_counts_with_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A median of two compositions with one seed and of one with another would differ by that."""
    asked_of: list[tuple[str, ...]] = []
    found = dictionaries.measure

    def losing(options: Sequence[RunOptions], **given: Any) -> MeasuredDictionaries:
        whole = found(options, **given)
        if options[0].seed != 1:
            return whole
        return dataclasses.replace(whole, compositions=whole.compositions[:1])

    def scores(_: object, compositions: Sequence[str]) -> dict[str, Estimate]:
        asked_of.append(tuple(compositions))
        return {}

    monkeypatch.setattr(dictionaries, "measure", losing)
    monkeypatch.setattr(sae_scores, "scores", scores)
    options = RunOptions(
        testbed="tiny",
        preset="smoke",
        generators=("synthetic-random", "synthetic-random-other"),
        runs=tmp_path / "runs",
    )
    with boards.short_floors():
        audited_saes.show(options, Asked("default", None, {}, 2, ("reseed",), tmp_path / "out"))
    assert asked_of == [("synthetic-random",)] * 2
    stated = json.loads((tmp_path / "out" / "sae-audit.json").read_text(encoding="utf-8"))
    assert stated["compositions"] == ["synthetic-random"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--lens", "truht"), "--lens: there is no lens 'truht'; did you mean 'truth'?"),
        (("--snapshots", "nowhere"), "--snapshots nowhere: holds no SAE called step-N"),
        (("--small", "./nowhere"), "no such folder"),
        (("--sae", "pca"), "two of them are the same dictionary (tiny-pca-"),
        (("--generator", "gaussian"), "names controls alone"),
    ],
)
@pytest.mark.usefixtures("tiny_catalog")
def test_what_cannot_be_audited_is_refused(
    options: tuple[str, ...], complaint: str, tmp_path: Path, capfd: Said
) -> None:
    asked = RUN[:-2] if "--generator" in options else RUN
    lens = () if "--lens" in options else ("--lens", "size")
    assert complaint in refused(capfd, *asked, *lens, "--runs", tmp_path / "runs", *options)
    assert not list(tmp_path.rglob("*.parquet"))


def test_snapshots_are_found_in_the_folder_of_their_sae(small: Path) -> None:
    from synact_bench.cli.audit_sae import _steps

    assert _steps(small) == _steps(small / "snapshots")
    assert list(_steps(small)) == [3, 17, 100]
