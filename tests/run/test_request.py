from __future__ import annotations

import json
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synact_bench import generators
from synact_bench.core.errors import (
    PluginError,
    RecordError,
    SynactError,
    TextError,
    UnknownNameError,
)
from synact_bench.core.experiments import (
    ADAPTIVE,
    CONTROLS,
    DENSE,
    EXPERIMENTS,
    LADDER,
    MEMORISER,
    OPTIONAL_DRAWS,
    PRESETS,
    SAME_TOKEN,
    find_preset,
)
from synact_bench.generators import BUILTINS, OPTIONAL_BASELINES
from synact_bench.paths import diagnostic
from synact_bench.run import plan, stored_facts
from synact_bench.run.official import SEED_BITS
from synact_bench.run.request import Request, sharing_passes
from synact_bench.testbeds.spec import LocalText, Testbed
from tests.helpers.cells import DRAWS
from tests.helpers.faulty import plugin
from tests.helpers.requests import requested

MADE = tuple(name for name in CONTROLS if name in BUILTINS)
"""Controls that a generator makes."""


def names(request: Request) -> list[str]:
    """Generators of a request."""
    return [name for name in rows(request) if name not in DRAWS]


def rows(request: Request) -> list[str]:
    return list(dict.fromkeys(cell.entry.name for cell in request.plans))


def test_a_baseline_without_weights_for_the_testbed_is_not_run_unless_named() -> None:
    prior = {"flow-prior", "flow-denoised"}
    assert prior <= OPTIONAL_BASELINES.keys()
    assert not prior & {*names(requested(testbed="smollm2-135m", preset="standard"))}
    named = requested(testbed="smollm2-135m", preset="smoke", generators=("flow-prior",))
    assert "flow-prior" in names(named)


@pytest.mark.parametrize(
    ("preset", "optional"),
    [("smoke", False), ("quick", False), ("standard", True), ("full", True)],
)
def test_nothing_named_means_every_built_in_generator(preset: str, optional: bool) -> None:
    request = requested(testbed="smollm2-135m", preset=preset)
    kept = [name for name in (*MADE, *BUILTINS) if name not in find_preset(preset).left_out]
    suitable = generators.optional_in(request.testbed.site) if optional else ()
    draws = OPTIONAL_DRAWS if optional else ()
    assert names(request) == [*draws, *dict.fromkeys(kept), *suitable]
    assert {"gaussian", "sae-reconstruction"} <= {*kept}
    assert (MEMORISER in kept) is (preset != "quick")
    assert request.folder == Path(f"runs/smollm2-135m/{preset}/seed-0")


def test_an_optional_baseline_can_be_named_in_any_preset() -> None:
    request = requested(
        testbed="smollm2-135m", preset="smoke", generators=("neighbour-interpolation",)
    )
    assert names(request) == [*MADE, "neighbour-interpolation"]


def test_the_controls_are_always_there_and_nothing_twice() -> None:
    given = ("synthetic-random", "isotropic", "synthetic-random")
    request = requested(testbed="smollm2-135m", preset="smoke", generators=given)
    assert rows(request) == [*DRAWS, *MADE, "synthetic-random"]
    assert set(CONTROLS) <= set(rows(request))


def test_an_optional_draw_can_be_named_in_any_preset() -> None:
    given = (SAME_TOKEN, "synthetic-random", SAME_TOKEN)
    request = requested(testbed="smollm2-135m", preset="quick", generators=given)
    drawn = [name for name in rows(request) if name not in find_preset("quick").left_out]
    assert drawn[: len(DRAWS) + 1] == [*DRAWS, SAME_TOKEN]
    assert request.rows == (SAME_TOKEN, "synthetic-random")
    cells = [cell for cell in request.plans if cell.entry.name == SAME_TOKEN]
    assert {(each.experiment.name, each.path) for each in cells} == {
        (experiment.name, path) for experiment in EXPERIMENTS.values() for path in experiment.paths
    }
    assert {each.entry.row.kind for each in cells} == {"draw"}


def test_an_optional_draw_that_is_named_is_measured_beside_published_cells() -> None:
    request = requested(testbed="smollm2-135m", generators=(SAME_TOKEN,))
    assert request.shipped is not None
    assert {cell.entry.name for cell in request.plans} == {SAME_TOKEN}


def test_what_is_named_is_run_over_diagnostic_paths_too() -> None:
    given = ("synthetic-random", SAME_TOKEN)
    request = requested(testbed="smollm2-135m", preset="smoke", generators=given, diagnostic=True)
    further = {path for each in EXPERIMENTS.values() for path in diagnostic(each)}
    for name in given:
        assert further <= {cell.path for cell in request.plans if cell.entry.name == name}
    rung = {cell.path for cell in request.plans if cell.entry.name in LADDER}
    assert not further & rung


@pytest.mark.parametrize("name", DRAWS)
def test_a_drawn_row_may_be_asked_for_by_name(name: str) -> None:
    request = requested(testbed="smollm2-135m", preset="smoke", generators=(name,))
    assert rows(request) == [*DRAWS, *MADE]


def test_diagnostic_paths_are_planned_on_demand() -> None:
    def paths(**asked: Any) -> set[str]:
        request = requested(testbed="smollm2-135m", preset="smoke", **asked)
        return {cell.path for cell in request.plans}

    further = {path for each in EXPERIMENTS.values() for path in diagnostic(each)}
    assert paths(diagnostic=True) - paths() == further


def test_the_ladder_is_planned_with_the_diagnostic_paths_or_by_name() -> None:
    def generators(**asked: Any) -> list[str]:
        request = requested(testbed="smollm2-135m", preset="smoke", **asked)
        return names(request)

    given = ("synthetic-random",)
    assert generators(generators=given, diagnostic=True) == [*generators(generators=given), *LADDER]
    assert generators(generators=("ladder-0.5",)) == [*MADE, "ladder-0.5"]


def test_a_smaller_pool_is_of_presets_whose_name_stands_for_it() -> None:
    assert requested(preset="bench").preset == PRESETS["bench"]
    for changed in ({"name": "mine"}, {"train_activations": 4000}):
        with pytest.raises(SynactError, match="train_activations is of built-in presets"):
            requested(preset=replace(PRESETS["bench"], **changed))


def test_names_are_looked_up_before_facts_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        stored_facts, "load_or_measure", lambda *_, **__: pytest.fail("it was opened")
    )
    with pytest.raises(UnknownNameError, match="did you mean 'smollm2-135m'"):
        requested(testbed="smollm-135m", preset="smoke")
    with pytest.raises(UnknownNameError, match="did you mean 'smoke'"):
        requested(testbed="smollm2-135m", preset="smok")
    with pytest.raises(UnknownNameError, match="did you mean 'gaussian'"):
        requested(testbed="smollm2-135m", preset="smoke", generators=("gausian",))


def test_two_plugins_of_one_name_are_refused(tmp_path: Path) -> None:
    target = tmp_path / "other.py"
    target.write_text(
        "from synact_bench.generators.gaussian import Gaussian\nclass Mine(Gaussian):\n    pass\n",
        encoding="utf-8",
    )
    with pytest.raises(PluginError, match="another row of the board is called 'gaussian'"):
        requested(testbed="smollm2-135m", preset="smoke", generators=(str(target),))


def test_own_text_makes_another_testbed(tmp_path: Path, tiny_catalog: Testbed) -> None:
    text = tmp_path / "own.txt"
    text.write_text("w1 w2\n\nw3", encoding="utf-8")
    request = requested(testbed="tiny", preset="smoke", text=text)
    assert isinstance(request.testbed.text, LocalText)
    assert request.testbed.name == f"tiny-text-{request.testbed.text.sha256[:8]}"
    assert request.testbed.digest != tiny_catalog.digest
    assert tiny_catalog.l0 is not None
    assert request.testbed.l0 is None
    assert request.folder.parts[1] == request.testbed.name
    text.write_text("w1 w2\n\nw4", encoding="utf-8")
    edited = requested(testbed="tiny", preset="smoke", text=text)
    assert edited.folder != request.folder


def test_missing_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="no such file or folder"):
        requested(testbed="smollm2-135m", preset="smoke", text=tmp_path / "none.txt")


def test_a_board_shows_what_was_asked_for_and_other_whole_rows(
    full_run: Path, tiny_catalog: Testbed
) -> None:
    def shown_with(*generators: str) -> set[str]:
        request = requested(testbed="tiny", preset="smoke", generators=generators, runs=full_run)
        cells = request.board_cells()
        shown = [cell.record.identity.generator.name for cell in cells]
        assert len(cells) == len({cell.record.id for cell in cells})
        assert set(DRAWS) <= set(shown)
        return set(shown) - set(DRAWS)

    assert shown_with("mean") == set(BUILTINS)
    half = next(full_run.rglob("synthetic-random--sensitivity--*.json"))
    half.unlink()
    assert shown_with("mean") == set(BUILTINS) - {"synthetic-random"}
    with pytest.raises(RecordError, match=half.name):
        shown_with("synthetic-random")


@pytest.mark.parametrize(
    ("asked", "folder", "engine", "dtype"),
    [
        ({}, "seed-3", ADAPTIVE, "float32"),
        ({"dense": True}, "seed-3-dense", DENSE, "float32"),
        ({"precision": "mixed"}, "seed-3-mixed", ADAPTIVE, "mixed"),
        ({"dense": True, "precision": "mixed"}, "seed-3-dense-mixed", DENSE, "mixed"),
        ({"device": "cuda"}, "seed-3", ADAPTIVE, "float32"),
    ],
)
def test_what_cannot_be_compared_is_kept_apart(
    asked: dict[str, Any], folder: str, engine: str, dtype: str
) -> None:
    request = requested(testbed="smollm2-135m", preset="smoke", seed=3, **asked)
    assert request.folder == Path("runs/smollm2-135m/smoke") / folder
    assert {cell.identity.engine for cell in request.plans} == {engine}
    assert {cell.identity.dtype for cell in request.plans} == {dtype}


@pytest.mark.parametrize(
    ("seed", "split", "used"), [(None, "release", 0), (0, "release", 0), (7, "own", 7)]
)
def test_only_the_release_seed_makes_the_release_split(
    seed: int | None, split: str, used: int
) -> None:
    request = requested(testbed="smollm2-135m", preset="smoke", seed=seed)
    assert (request.split, request.seed) == (split, used)
    assert request.folder.name == f"seed-{used}"
    assert {cell.identity.seed for cell in request.plans} == {used}


def official(runs: Path, **asked: Any) -> Request:
    return requested(testbed="smollm2-135m", preset="smoke", official=True, runs=runs, **asked)


def test_an_official_seed_is_drawn_once_and_kept_with_its_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def drawn(bits: int) -> int:
        asked.append(bits)
        return 123456 + len(asked)

    monkeypatch.setattr(secrets, "randbits", drawn)
    first, again = official(tmp_path), official(tmp_path)
    assert (first.split, first.seed, again.seed) == ("official", 123457, 123457)
    assert asked == [SEED_BITS]
    assert first.folder == tmp_path / "smollm2-135m" / "smoke" / "official"
    assert (first.new_seed, again.new_seed) == (True, False)
    kept = first.folder / "seed.json"
    assert json.loads(kept.read_text(encoding="utf-8"))["seed"] == 123457
    kept.unlink()
    assert official(tmp_path).seed == 123458


def test_an_official_seed_is_not_one_that_could_be_known(tmp_path: Path) -> None:
    seeds = {official(tmp_path / str(place)).seed for place in range(4)}
    assert len(seeds) == 4
    assert all(0 <= seed < 2**SEED_BITS for seed in seeds)


def test_official_cells_of_another_engine_have_a_folder_and_a_seed_of_their_own(
    tmp_path: Path,
) -> None:
    plain, dense = official(tmp_path), official(tmp_path, dense=True)
    assert dense.folder == plain.folder.with_name("official-dense")
    for request in (plain, dense):
        kept = json.loads((request.folder / "seed.json").read_text(encoding="utf-8"))
        assert kept["seed"] == request.seed
    assert dense.seed != plain.seed


def test_an_official_seed_is_kept_with_the_generators_it_was_drawn_for(tmp_path: Path) -> None:
    own = plugin(tmp_path, track="unconditional")
    request = official(tmp_path, generators=(str(own),))
    kept = json.loads((request.folder / "seed.json").read_text(encoding="utf-8"))
    generators = {each["name"]: each for each in kept["generators"]}
    assert list(generators) == [*MADE, "faulty"]
    planned = {cell.entry.name: cell.identity.generator for cell in request.plans}
    for name, each in generators.items():
        assert each == planned[name].model_dump()
    assert {cell.identity.seed for cell in request.plans} == {request.seed}


def test_an_official_run_goes_on_with_all_or_some_of_its_generators(tmp_path: Path) -> None:
    given = (str(plugin(tmp_path, track="unconditional")), "synthetic-random")
    first = official(tmp_path, generators=given)
    for some in (given, given[:1], ("mean",)):
        again = official(tmp_path, generators=some)
        assert (again.seed, again.new_seed) == (first.seed, False)


def test_a_generator_handed_in_after_the_official_seed_was_drawn_is_refused(
    tmp_path: Path,
) -> None:
    kept = official(tmp_path, generators=("mean",)).folder / "seed.json"
    before = kept.read_bytes()
    late = (str(plugin(tmp_path, track="unconditional")), "mean", "synthetic-random")
    with pytest.raises(SynactError, match="handed in or last changed: faulty, synth") as caught:
        official(tmp_path, generators=late)
    assert caught.value.where == str(kept)
    assert f"give another --runs folder or delete {kept.parent}" in caught.value.fix
    assert kept.read_bytes() == before
    assert official(tmp_path / "other", generators=late).new_seed


def test_a_generator_changed_after_the_official_seed_was_drawn_is_refused(tmp_path: Path) -> None:
    given = (str(plugin(tmp_path, track="unconditional")),)
    official(tmp_path, generators=given)
    plugin(tmp_path, generate="return self.mean.repeat(n, 1)", track="unconditional")
    with pytest.raises(SynactError, match="handed in or last changed: faulty;"):
        official(tmp_path, generators=given)


def test_the_ladder_may_join_an_official_run_later(tmp_path: Path) -> None:
    first, audited = official(tmp_path), official(tmp_path, diagnostic=True)
    assert (audited.seed, audited.new_seed) == (first.seed, False)
    assert set(names(audited)) - set(names(first)) == set(LADDER)


def test_no_official_seed_is_drawn_for_a_generator_that_cannot_be_found(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'gaussian'"):
        official(tmp_path, generators=("gausian",))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", [0, 7])
def test_an_official_run_refuses_a_seed(tmp_path: Path, seed: int) -> None:
    with pytest.raises(SynactError, match=f"seed {seed}: an official run draws its own seed"):
        official(tmp_path, seed=seed)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"12\n",
        b"\xff\xfe",
        b'{"seed": 12}',
        *(b'{"seed": %s, "generators": []}' % seed for seed in (b'"12"', b"1.5", b"-3", b"1e99")),
        b'{"seed": 4294967296, "generators": []}',
    ],
)
def test_a_damaged_seed_file_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    kept = official(tmp_path).folder / "seed.json"
    kept.write_bytes(content)
    with pytest.raises(SynactError, match="holds no seed") as caught:
        official(tmp_path)
    assert caught.value.where == str(kept)
    assert str(kept.parent) in caught.value.fix
    assert kept.read_bytes() == content


def test_a_seed_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "smollm2-135m" / "smoke" / "official" / "seed.json").mkdir(parents=True)
    with pytest.raises(SynactError, match=r"seed\.json: holds no seed: it is a folder"):
        official(tmp_path)


def test_testbeds_of_one_model_capture_for_each_other(tmp_path: Path) -> None:
    testbeds = ("smollm2-135m-layer15", "gemma3-270m-layer5", "smollm2-135m-layer20")
    asked = [requested(testbed=each, preset="bench", runs=tmp_path) for each in testbeds]
    early, other, deep = sharing_passes(asked)
    assert early.also == [deep.testbed.write_hook]
    assert deep.also == [early.testbed.write_hook]
    assert other.also == []


def test_a_testbed_with_another_share_of_the_pool_captures_alone(tmp_path: Path) -> None:
    early = requested(testbed="smollm2-135m-layer15", preset="bench", runs=tmp_path)
    deep = requested(testbed="smollm2-135m-layer20", preset="smoke", runs=tmp_path)
    assert [each.also for each in sharing_passes([early, deep])] == [[], []]


def test_a_testbed_that_lacks_nothing_is_not_captured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    testbeds = ("smollm2-135m-layer15", "smollm2-135m-layer20")
    early, deep = (requested(testbed=each, preset="bench", runs=tmp_path) for each in testbeds)
    monkeypatch.setattr(
        plan, "missing", lambda plans, store: [] if store.folder == deep.folder else plans
    )
    assert [each.also for each in sharing_passes([early, deep])] == [[], [early.testbed.write_hook]]
