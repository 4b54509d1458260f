from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.assets import custom_file
from synact_bench.core.errors import RecordError, SubjectError
from synact_bench.models import custom
from synact_bench.run import facts
from synact_bench.run.stored_facts import load_or_measure
from synact_bench.testbeds import spec
from synact_bench.testbeds.scale import ScaleFacts
from synact_bench.testbeds.sources import HubModel
from synact_bench.testbeds.spec import Setup, Testbed
from tests.helpers.testbeds import write_documents
from tests.helpers.tiny import save_tiny

HOOK = "blocks.1.hook_resid_pre"
MEASURED = {"absolute_length": 4.5, "tau": 0.75, "explained_variance": 1.0, "l0": 16.0}

SCALE = ScaleFacts(
    length=1, blocks=(1, 1, 1), draws=5, gamma=1, gamma_error=0, gaussians=4, bases=8
)


@pytest.fixture
def wanted(tmp_path: Path) -> Setup:
    save_tiny("llama", tmp_path / "model")
    text = write_documents(tmp_path / "text", documents=3)
    return custom.declare(str(tmp_path / "model"), HOOK, text=text, n_ctx=6)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Devices on which facts were measured: here they cost nothing."""
    devices: list[str] = []

    def opened(testbed: Setup, *, device: str) -> Testbed:
        devices.append(device)
        return Testbed.model_validate(testbed.model_dump() | MEASURED)

    def scaled(testbed: Testbed, opened: Testbed) -> Testbed:
        assert opened.setup == testbed.setup
        return testbed.model_copy(update={"scale": {"plateau/scaled": SCALE}})

    monkeypatch.setattr(facts, "Opened", opened)
    monkeypatch.setattr(facts, "frozen", lambda opened: opened)
    monkeypatch.setattr(facts, "scaled", scaled)
    return devices


def test_facts_are_measured_once_and_kept(wanted: Setup, opened: list[str], tmp_path: Path) -> None:
    first = load_or_measure(wanted, tmp_path / "runs", device="cuda")
    place = tmp_path / "runs" / wanted.name / "testbed.toml"
    assert custom_file.read(place) == first
    assert load_or_measure(wanted, tmp_path / "runs", device="cpu") == first
    assert opened == ["cuda"]
    assert first.setup == wanted
    assert load_or_measure(first, tmp_path / "elsewhere", device="cpu") is first
    assert not (tmp_path / "elsewhere").exists()


def test_facts_and_scale_are_measured_on_a_testbed_that_is_opened_once(
    wanted: Setup, opened: list[str], tmp_path: Path
) -> None:
    runs, said = tmp_path / "runs", list[str]()
    first = load_or_measure(wanted, runs, device="cpu", scale=True, say=said.append)
    assert first.scale == {"plateau/scaled": SCALE}
    assert first.tau == MEASURED["tau"]
    folder = runs / wanted.name
    assert said == [
        f"measuring its facts first, once (minutes on a CPU): {folder / 'testbed.toml'}",
        "measuring the scale of its scores first, once (minutes on a CPU): "
        f"{folder / 'scale.json'}",
    ]
    assert load_or_measure(wanted, runs, device="cpu", scale=True, say=said.append) == first
    assert opened == ["cpu"]
    assert len(said) == 2


def test_a_scale_that_is_needed_later_opens_the_testbed_again(
    wanted: Setup, opened: list[str], tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    assert not load_or_measure(wanted, runs, device="cpu").scale
    assert load_or_measure(wanted, runs, device="cuda", scale=True).scale
    assert opened == ["cpu", "cuda"]


def test_an_edited_fact_is_taken_and_an_edited_choice_refused(
    wanted: Setup, opened: list[str], tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    load_or_measure(wanted, runs, device="cpu")
    place = runs / wanted.name / "testbed.toml"
    sealed = place.read_text(encoding="utf-8")
    place.write_text(sealed.replace("tau = 0.75", "tau = 0.5"), encoding="utf-8")
    with pytest.raises(SubjectError, match=r"was changed .* take its last line out if it was edi"):
        load_or_measure(wanted, runs, device="cpu")
    kept = sealed.rpartition("# sha256")[0]
    place.write_text(kept.replace("tau = 0.75", "tau = 0.5"), encoding="utf-8")
    assert load_or_measure(wanted, runs, device="cpu").tau == 0.5
    place.write_text(kept.replace("n_ctx = 6", "n_ctx = 8"), encoding="utf-8")
    message = r"testbed\.toml: n_ctx is 8 there, 6 is asked for with --n-ctx; ask for the same"
    with pytest.raises(RecordError, match=message):
        load_or_measure(wanted, runs, device="cpu")
    other = wanted.model_copy(update={"sae": spec.find("gpt2-small").sae, "n_ctx": 8})
    with pytest.raises(RecordError, match=r"sae is principal .* there, gpt2-small.* with --sae;"):
        load_or_measure(other, runs, device="cpu")
    bare = "\n".join(line for line in kept.splitlines() if line.split(" ")[0] not in MEASURED)
    place.write_text(bare, encoding="utf-8")
    with pytest.raises(RecordError, match=r"states no measured fact; delete it"):
        load_or_measure(wanted, runs, device="cpu")
    assert opened == ["cpu"]


def test_facts_are_kept_when_model_and_text_are_moved(
    wanted: Setup, opened: list[str], tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    first = load_or_measure(wanted, runs, device="cpu")
    moved = tmp_path / "moved"
    moved.mkdir()
    model, text = ((tmp_path / name).rename(moved / name) for name in ("model", "text"))
    again = load_or_measure(
        custom.declare(str(model), HOOK, text=text, n_ctx=6), runs, device="cpu"
    )
    assert opened == ["cpu"]
    assert (again.model.path, again.text.path) == (str(model), str(text))
    assert (again.digest, again.tau) == (first.digest, first.tau)


def test_what_is_no_part_of_the_identity_may_change_after_the_facts_were_measured(
    wanted: Setup, opened: list[str], tmp_path: Path
) -> None:
    hub = {"model": HubModel(kind="hub", name="org/model")}
    first = load_or_measure(wanted.model_copy(update=hub), tmp_path / "runs", device="cpu")
    sized = {"model": HubModel(kind="hub", name="org/model", size_mb=5)}
    changed = wanted.model_copy(update=sized | {"summary": "Mine."})
    again = load_or_measure(changed, tmp_path / "runs", device="cpu")
    assert opened == ["cpu"]
    assert (again.summary, again.digest) == ("Mine.", first.digest)


def test_another_version_beside_the_cells_of_one_is_refused(
    wanted: Setup, opened: list[str], tmp_path: Path
) -> None:
    load_or_measure(wanted, tmp_path / "runs", device="cpu")
    newer = wanted.model_copy(update={"version": "2"})
    message = r"testbed\.toml: version is 1 there, 2 is asked for .*declaration another name"
    with pytest.raises(RecordError, match=message):
        load_or_measure(newer, tmp_path / "runs", device="cpu")
    assert opened == ["cpu"]
