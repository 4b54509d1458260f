from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synact_bench.errors import PluginError, RecordError, TextError, UnknownNameError
from synact_bench.experiments import ADAPTIVE, DENSE, GAUSSIAN
from synact_bench.generators import BUILTINS
from synact_bench.harness.request import Request
from synact_bench.testbeds.spec import LocalText, Testbed


def names(request: Request) -> list[str]:
    return list(dict.fromkeys(cell.entry.name for cell in request.plans))[3:]


def test_nothing_named_means_every_built_in_generator() -> None:
    request = Request.resolve(testbed="smollm2-135m", preset="full")
    assert names(request) == list(BUILTINS)
    assert request.folder == Path("runs/smollm2-135m/full/seed-0")


def test_the_gaussian_is_always_there_and_nothing_twice() -> None:
    given = ("mean", "isotropic", "mean")
    request = Request.resolve(testbed="smollm2-135m", preset="smoke", generators=given)
    assert names(request) == [GAUSSIAN, "mean", "isotropic"]
    again = Request.resolve(testbed="smollm2-135m", preset="smoke", generators=("mean", GAUSSIAN))
    assert names(again) == ["mean", GAUSSIAN]


def test_names_are_looked_up_at_once_and_generators_when_cells_are_planned() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'smollm2-135m'"):
        Request.resolve(testbed="smollm-135m", preset="smoke")
    with pytest.raises(UnknownNameError, match="did you mean 'smoke'"):
        Request.resolve(testbed="smollm2-135m", preset="smok")
    request = Request.resolve(testbed="smollm2-135m", preset="smoke", generators=("gausian",))
    with pytest.raises(UnknownNameError, match="did you mean 'gaussian'"):
        _ = request.plans


def test_two_plugins_of_one_name_are_refused(tmp_path: Path) -> None:
    target = tmp_path / "other.py"
    target.write_text(
        "from synact_bench.generators.gaussian import Gaussian\nclass Mine(Gaussian):\n    pass\n",
        encoding="utf-8",
    )
    request = Request.resolve(testbed="smollm2-135m", preset="smoke", generators=(str(target),))
    with pytest.raises(PluginError, match="another row of the board is called 'gaussian'"):
        _ = request.plans


def test_own_text_makes_another_testbed(tmp_path: Path, tiny_catalog: Testbed) -> None:
    text = tmp_path / "own.txt"
    text.write_text("w1 w2\n\nw3", encoding="utf-8")
    request = Request.resolve(testbed="tiny", preset="smoke", text=text)
    assert isinstance(request.testbed.text, LocalText)
    assert request.testbed.name == f"tiny-text-{request.testbed.text.sha256[:8]}"
    assert request.testbed.digest != tiny_catalog.digest
    assert tiny_catalog.l0 is not None
    assert request.testbed.l0 is None
    assert request.folder.parts[1] == request.testbed.name
    text.write_text("w1 w2\n\nw4", encoding="utf-8")
    edited = Request.resolve(testbed="tiny", preset="smoke", text=text)
    assert edited.folder != request.folder


def test_missing_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="no such file or folder"):
        Request.resolve(testbed="smollm2-135m", preset="smoke", text=tmp_path / "none.txt")


def test_a_board_shows_what_was_asked_for_and_other_whole_rows(
    full_run: Path, tiny_catalog: Testbed
) -> None:
    def rows(*generators: str) -> set[str]:
        request = Request.resolve(
            testbed="tiny", preset="smoke", generators=generators, runs=full_run
        )
        cells = request.board_cells()
        shown = [cell.record.identity.generator.name for cell in cells]
        assert len(cells) == len({cell.record.id for cell in cells})
        return set(shown) - {"real", "real-floor", "real-native"}

    assert rows("mean") == set(BUILTINS)
    half = next(full_run.rglob("isotropic--sensitivity--*.json"))
    half.unlink()
    assert rows("mean") == set(BUILTINS) - {"isotropic"}
    with pytest.raises(RecordError, match=half.name):
        rows("isotropic")


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
    request = Request.resolve(testbed="smollm2-135m", preset="smoke", seed=3, **asked)
    assert request.folder == Path("runs/smollm2-135m/smoke") / folder
    assert {cell.identity.engine for cell in request.plans} == {engine}
    assert {cell.identity.dtype for cell in request.plans} == {dtype}
