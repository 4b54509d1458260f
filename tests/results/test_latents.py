from __future__ import annotations

from pathlib import Path

import pytest

from synact_bench.results import latents
from synact_bench.results.latents import Latents

FOUND = Latents(d_sae=48, alive=0.75, explained_variance=0.9, l0=6.5)


def test_what_was_measured_is_kept_for_its_setup_alone(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    assert latents.load(folder, "a" * 64) is None
    latents.save(FOUND, folder, "a" * 64)
    assert latents.load(folder, "a" * 64) == FOUND
    assert latents.load(folder, "b" * 64) is None


@pytest.mark.parametrize("damage", ["", "{}", '{"setup": "x", "d_sae": 48}', "[1]"])
def test_a_damaged_file_is_measured_anew(damage: str, tmp_path: Path) -> None:
    latents.save(FOUND, tmp_path, "a" * 64)
    (tmp_path / latents.FILE).write_text(damage, encoding="utf-8")
    assert latents.load(tmp_path, "a" * 64) is None
