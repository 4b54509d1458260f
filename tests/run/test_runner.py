from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
from pathlib import Path

import pytest
import torch

from synact_bench import paths
from synact_bench.core.errors import PluginError, RecordError
from synact_bench.core.experiments import PRESETS, REFERENCE
from synact_bench.engine.reference_impl import naive_curves
from synact_bench.generators import BUILTINS
from synact_bench.isolation.isolated import Isolated
from synact_bench.results.migrate import BUILT_IN_BEFORE_5, DESIGNS, identity_digest
from synact_bench.results.store import Store, encode
from synact_bench.run import plan, runner
from synact_bench.run.progress import Silent
from synact_bench.run.request import Request
from synact_bench.run.session import Session
from synact_bench.testbeds.scale import ScaleFacts
from synact_bench.testbeds.spec import PrincipalComponents, Testbed
from tests.helpers.cells import planned_cells
from tests.helpers.commands import whole_cells
from tests.helpers.faulty import GOOD, faulty, plugin
from tests.helpers.progress import Watched
from tests.helpers.requests import requested


def request(runs: Path, *generators: str | Path) -> Request:
    targets = [str(each) for each in generators]
    return requested(testbed="tiny", preset="smoke", generators=targets, runs=runs)


def measure(wanted: Request, *, stop_in: int | None = None) -> Watched:
    """Measure what is missing."""
    missing = plan.missing(wanted.plans, wanted.store)
    seen = Watched(stop_in)
    runner.run(missing, wanted.store, wanted.session, seen)
    return seen


def tables(store: Store) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.folder.glob("*.parquet")}


def records(store: Store) -> dict[str, dict[str, object]]:
    """Records without their provenance, and the checksum that it is part of."""
    found = {}
    for path in store.folder.glob("*.json"):
        found[path.name] = json.loads(path.read_text(encoding="utf-8"))
        del found[path.name]["provenance"], found[path.name]["record_sha256"]
    return found


def never_opened() -> Session:
    raise AssertionError("the model was opened")


def test_the_middle_of_led_prompts_is_taken_and_written(tiny_catalog: Testbed) -> None:
    pca = PrincipalComponents(kind="pca")
    facts = {"bos": True, "write_position": "middle", "fingerprint": None}
    testbed = tiny_catalog.model_copy(
        update=facts | {"sae": pca, "explained_variance": 1.0, "l0": None}
    )
    session = runner.prepare(testbed, PRESETS["smoke"], seed=0)
    design, model = session.design, session.subject.model
    ids, middle = torch.from_numpy(design.prompts.ids), testbed.n_ctx // 2
    assert set(ids[:, 0].tolist()) == {model.tokenizer.bos_token_id}
    captured = model.capture(ids, testbed.write_hook)
    torch.testing.assert_close(design.native, captured[:, middle], rtol=1e-5, atol=1e-5)
    along = paths.relative(design.native, design.draws[REFERENCE])
    ends = torch.tensor([0.0, 1.0])
    found = session.sweeper.curves(range(len(ids)), along, ends)
    hooks = {"write_hook": testbed.write_hook, "read_hook": testbed.read_hook}
    true, _ = naive_curves(model, ids, along.points(ends), **hooks, position=middle)
    assert true[:, 1].min() > 0
    torch.testing.assert_close(torch.from_numpy(found.l2), true, rtol=1e-4, atol=1e-5)


def test_a_run_stores_every_planned_cell_whole(full_run: Path, tiny_catalog: Testbed) -> None:
    wanted = request(full_run)
    assert plan.missing(wanted.plans, wanted.store) == []
    assert whole_cells(full_run) == len(wanted.plans) == planned_cells(len(BUILTINS))
    assert all(cell.record.status == "ok" for cell in wanted.store.cells())


def test_what_is_done_before_the_first_cell_is_told(opened_once: Testbed, tmp_path: Path) -> None:
    wanted = request(tmp_path, "mean", "synthetic-random")
    seen = measure(wanted)
    made = dict.fromkeys(each.entry.name for each in wanted.plans if each.entry.generator)
    assert seen.prepared == [
        "opening tiny: model, dictionary and prompts",
        *(f"fitting {name}" for name in made),
    ]
    assert {"mean", "synthetic-random"} <= {*made}
    assert len(seen.labels) == len(wanted.plans)


@pytest.mark.parametrize("kept", [False, True])
def test_a_plugin_s_process_ends_before_the_first_sweep_unless_it_is_kept(
    opened_once: Testbed, tmp_path: Path, kept: bool
) -> None:
    """Hours of sweeps need nothing of it; a later call for another experiment does."""
    wanted = request(tmp_path / "runs", plugin(tmp_path, track="unconditional"))
    plans = [each for each in wanted.plans if each.entry.name == "faulty"]
    generator = plans[0].entry.generator
    assert isinstance(generator, Isolated)
    alive: list[bool] = []

    class Looking(Silent):
        def started(self, label: str) -> None:
            alive.append(generator._process is not None)

    runner.run(plans, wanted.store, wanted.session, Looking(), kept=kept)
    wanted.roster.close()
    assert alive == [kept] * len(plans)


def test_nothing_missing_opens_nothing(full_run: Path, tiny_catalog: Testbed) -> None:
    wanted = request(full_run)
    missing = plan.missing(wanted.plans, wanted.store)
    runner.run(missing, wanted.store, never_opened, Watched())


def test_a_killed_run_ends_with_the_bytes_of_an_uninterrupted_one(
    full_run: Path, opened_once: Testbed, tmp_path: Path
) -> None:
    wanted = request(tmp_path / "killed", "synthetic-structured")
    with pytest.raises(KeyboardInterrupt):
        measure(wanted, stop_in=15)
    assert whole_cells(wanted.options.runs) == 14
    measure(wanted)
    whole = request(full_run).store
    names = {f"{cell.identity.stem}.parquet" for cell in wanted.plans}
    assert tables(wanted.store) == {name: tables(whole)[name] for name in names}
    assert records(wanted.store).items() <= records(whole).items()


def test_scores_do_not_depend_on_the_other_generators(
    full_run: Path, opened_once: Testbed, tmp_path: Path
) -> None:
    alone = request(tmp_path / "alone", "permuted-values")
    own = [cell for cell in alone.plans if cell.entry.name == "permuted-values"]
    session = alone.session()
    runner.run(own[::-1], alone.store, lambda: session, Watched())
    assert len(tables(alone.store)) == planned_cells(1) - planned_cells(0)
    assert tables(alone.store).items() <= tables(request(full_run).store).items()


def test_a_run_opens_the_testbed_itself_and_gets_the_same_bytes(
    full_run: Path, tiny_catalog: Testbed, tmp_path: Path
) -> None:
    again = request(tmp_path / "again", "mean")
    cells = [again.plans[0], again.plans[-1]]
    runner.run(cells, again.store, again.session, Watched())
    whole = request(full_run).store
    assert len(tables(again.store)) == 2
    assert tables(again.store).items() <= tables(whole).items()
    assert records(again.store).items() <= records(whole).items()
    assert {record["split"] for record in records(again.store).values()} == {"release"}


def test_everything_a_request_asks_for_reaches_the_bench(
    tiny_catalog: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[tuple[object, ...], dict[str, object]]] = []
    monkeypatch.setattr(runner, "prepare", lambda *args, **named: asked.append((args, named)))
    wanted = requested(
        testbed="tiny", preset="smoke", seed=3, runs=tmp_path, precision="mixed", device="cuda:1"
    )
    wanted.session()
    named = {"split": "own", "precision": "mixed", "device": "cuda:1", "also": ()}
    assert asked == [((wanted.testbed, wanted.preset, 3), named)]


@pytest.mark.parametrize("ending", [".parquet", ".json"])
def test_only_a_damaged_cell_is_measured_anew(
    full_run: Path, opened_once: Testbed, ending: str
) -> None:
    wanted = request(full_run)
    before = tables(wanted.store)
    victim = next(full_run.rglob(f"mean--plateau--scaled*{ending}"))
    victim.write_bytes(victim.read_bytes()[:-9])
    assert measure(wanted).labels == ["mean plateau scaled"]
    assert tables(wanted.store) == before


def test_what_is_asked_for_anew_takes_nothing_from_a_stored_cell(
    full_run: Path, opened_once: Testbed
) -> None:
    wanted = request(full_run)
    (cell,) = (each for each in wanted.plans if each.label == "mean plateau scaled")
    before, stored = tables(wanted.store), wanted.store.cell(cell.identity)
    altered = dataclasses.replace(
        stored.table, curves=dataclasses.replace(stored.table.curves, l2=stored.table.curves.l2 * 2)
    )
    content = encode(altered)
    checksum = hashlib.sha256(content).hexdigest()
    wanted.store.write(stored.record.model_copy(update={"table_sha256": checksum}), content)
    session = wanted.session()
    runner.run([cell], wanted.store, lambda: session, Watched())
    assert tables(wanted.store) != before  # it is stored, and so are its points
    runner.run([cell], wanted.store, lambda: session, Watched(), again=True)
    assert tables(wanted.store) == before


def test_progress_is_told_every_cell_and_every_point(opened_once: Testbed, tmp_path: Path) -> None:
    wanted = request(tmp_path)
    cells = wanted.plans[:3]
    seen = Watched()
    session = wanted.session()
    runner.run(cells, wanted.store, lambda: session, seen)
    assert seen.labels == [cell.label for cell in cells]
    assert seen.points == 3 * 8 * 51


def test_a_plugin_that_was_edited_is_measured_anew_and_nothing_else(
    opened_once: Testbed, tmp_path: Path
) -> None:
    path = plugin(tmp_path, track="unconditional")
    first = request(tmp_path / "runs", path)
    measure(first)
    same = request(tmp_path / "runs", path)
    assert plan.missing(same.plans, same.store) == []
    path.write_text(path.read_text(encoding="utf-8") + "# a comment\n", encoding="utf-8")
    commented = request(tmp_path / "runs", path)
    missing = plan.missing(commented.plans, commented.store)
    assert {cell.entry.name for cell in missing} == {"faulty"}
    plugin(tmp_path, generate=GOOD.replace("+", "-"), track="unconditional")
    edited = request(tmp_path / "runs", path)
    missing = plan.missing(edited.plans, edited.store)
    assert {cell.entry.name for cell in missing} == {"faulty"}
    assert len(missing) == planned_cells(1) - planned_cells(0)
    old = {f"{cell.identity.stem}.parquet" for cell in first.plans}
    measure(edited)
    assert whole_cells(edited.folder) == len(first.plans) + len(missing)
    assert old <= tables(edited.store).keys()


def of_schema_4(folder: Path) -> set[str]:
    """Rewrite the records of a folder as the last schema wrote them; the names that they had."""
    names = set()
    for path in [*folder.glob("*--*.json")]:
        fields = json.loads(path.read_text(encoding="utf-8"))
        identity = fields["identity"]
        made = fields["row"]["kind"] == "generator"
        if made and identity["generator"]["name"] not in BUILT_IN_BEFORE_5:
            continue  # newer than that schema
        names.add(path.name)
        del identity["design"], identity["refined"], fields["events"], fields["record_sha256"]
        (design,) = DESIGNS
        identity |= {"trial": design.ljust(64, "d"), "metrics": {"plateau_width": "1"}}
        if made:
            known = BUILT_IN_BEFORE_5[identity["generator"]["name"]]
            identity["generator"]["source_digest"] = known.ljust(64, "a")
        id_ = identity_digest(identity)
        fields |= {"schema_version": 4, "definitions": {}, "id": id_}
        stem = f"{path.stem.rpartition('--')[0]}--{id_[:12]}"
        path.with_suffix(".parquet").rename(folder / f"{stem}.parquet")
        path.unlink()
        (folder / f"{stem}.json").write_text(json.dumps(fields), encoding="utf-8")
    return names


def test_an_older_folder_is_brought_up_to_date_and_not_measured_anew(
    full_run: Path, tiny_catalog: Testbed
) -> None:
    wanted = request(full_run)
    before, bytes_before = records(wanted.store), tables(wanted.store)
    names = of_schema_4(wanted.folder)
    assert not names & {path.name for path in wanted.folder.iterdir()}
    missing = plan.missing(wanted.plans, wanted.store)
    runner.run(missing, wanted.store, never_opened, Watched())
    assert records(wanted.store) == before
    assert tables(wanted.store) == bytes_before


def test_a_scale_that_is_frozen_later_is_stated_and_nothing_is_measured(
    full_run: Path, tiny_catalog: Testbed
) -> None:
    wanted = request(full_run)
    before, bytes_before = records(wanted.store), tables(wanted.store)
    facts = ScaleFacts(
        length=1, blocks=(1, 1, 1), draws=5, gamma=1, gamma_error=0, gaussians=4, bases=9
    )
    frozen = tiny_catalog.model_copy(update={"scale": {"plateau/scaled": facts}})
    plans = [dataclasses.replace(each, testbed=frozen) for each in wanted.plans]
    assert plan.missing(plans, wanted.store) == []
    for each in plans:
        stated = wanted.store.cell(each.identity).record.scale
        assert stated == (facts if each.identity.cell == ("plateau", "scaled") else None)
    assert tables(wanted.store) == bytes_before
    assert plan.missing(wanted.plans, wanted.store) == []
    assert records(wanted.store) == before


def test_a_faulty_plugin_is_told_before_anything_is_swept(
    opened_once: Testbed, tmp_path: Path
) -> None:
    wanted = request(tmp_path / "runs", faulty(tmp_path, "nan"))
    with pytest.raises(PluginError, match="NaN or infinity in 8 of 8 rows"):
        measure(wanted)
    assert not wanted.folder.exists()


def test_a_full_disk_keeps_finished_cells_and_a_rerun_completes(
    opened_once: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = request(tmp_path, "mean")
    calls = iter(range(100))
    fsync = os.fsync

    def full(descriptor: int) -> None:
        if next(calls) > 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(RecordError, match="No space left on device"):
            measure(wanted)
    assert whole_cells(tmp_path) == 3
    assert len(measure(wanted).labels) == len(wanted.plans) - 3
    assert plan.missing(wanted.plans, wanted.store) == []
