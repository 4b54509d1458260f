"""A bit flipped in a stored file is found, or changes nothing: never a silently other score."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from synact_bench.assets import custom_file, local_files, packages
from synact_bench.core import checksums
from synact_bench.core.errors import SynactError
from synact_bench.models import stored_files
from synact_bench.regression import baseline
from synact_bench.results import latents, pack, scale
from synact_bench.results.latents import Latents
from synact_bench.results.store import Store, encode
from synact_bench.run import official
from synact_bench.testbeds import spec
from synact_bench.testbeds.scale import ScaleFacts
from synact_bench.testbeds.sources import ShippedSae
from tests.helpers import cells
from tests.helpers.snapshots import snapshot
from tests.helpers.wheels import make_wheel

Read = Callable[[], object]
"""What is read of a file, to be compared; None where it is taken for missing."""


@dataclass(frozen=True)
class Stored:
    """A file, or several of which one is flipped, and what reads it."""

    file: Path
    read: Read


def cell(folder: Path, suffix: str) -> Stored:
    store, given = Store(folder), cells.cell("gaussian")
    store.write(given.record, encode(given.table))
    identity = given.record.identity

    def read() -> object:
        found = store.found(identity)
        if found is None:
            damage = store.damage(identity)
            assert damage is not None
            assert Path(damage.where).stem == identity.stem  # it is named
            return None
        values = {name: each.values.tobytes() for name, each in found.sample.values.items()}
        return found.record, found.table.curves.l2.tobytes(), values

    return Stored(folder / f"{identity.stem}{suffix}", read)


def frozen_scale(folder: Path) -> Stored:
    facts = ScaleFacts(
        length=12.5,
        blocks=(1.25, 0.5, 0.75),
        draws=3,
        gamma=2.125,
        gamma_error=0.03125,
        gaussians=2,
        bases=24,
    )
    scale.save({"plateau/scaled": facts}, folder, "d" * 64)
    return Stored(folder / scale.FILE, lambda: scale.load(folder, "d" * 64))


def kept_latents(folder: Path) -> Stored:
    found = Latents(d_sae=48, alive=0.75, explained_variance=0.875, l0=6.5)
    latents.save(found, folder, "d" * 64)
    return Stored(folder / latents.FILE, lambda: latents.load(folder, "d" * 64))


def kept_facts(folder: Path) -> Stored:
    file = folder / "testbed.toml"
    testbed = spec.find("smollm2-135m").model_copy(update={"name": "mine"})
    file.write_text(checksums.sealed(custom_file.dumps(testbed)), encoding="utf-8")
    return Stored(file, lambda: custom_file.load(file))


def official_seed(folder: Path) -> Stored:
    official.take_seed(folder, [])
    return Stored(folder / official.SEED_FILE, lambda: official.take_seed(folder, []))


def kept_baseline(folder: Path) -> Stored:
    file = folder / "smoke.json"
    baseline.write(snapshot("real", experiments=["plateau"]), file)

    def read() -> object:
        found = baseline.read(file)
        values = [
            (key, name, each.values.tobytes())
            for key, numbers in found.cells.items()
            for name, each in numbers.sample.values.items()
        ]
        rows = [
            each.tobytes()
            for numbers in found.cells.values()
            for each in numbers.sample.rows.values()
        ]
        return found.setting, values, rows, [each.distances for each in found.cells.values()]

    return Stored(file, read)


def packed(folder: Path) -> Stored:
    file = folder / "toy.parquet"
    pack.save(cells.whole_board(["real", "gaussian"]), file)

    def read() -> object:
        return [
            (each.record, each.table.curves.l2.tobytes(), each.table.curves.kl.tobytes())
            for each in pack.load(file)
        ]

    return Stored(file, read)


def wheel(folder: Path) -> Stored:
    wheels = packages.cache_folder() / "wheels"
    package = make_wheel(wheels, {"text/a.txt": b"a step comes where a plateau ends " * 9})
    read = lambda: packages.members(package, prefix="text/", suffix=".txt")  # noqa: E731
    return Stored(wheels / package.wheel, read)


def sae_files(folder: Path) -> None:
    folder.mkdir(parents=True)
    config = {"architecture": "topk", "k": 32, "d_in": 4, "d_sae": 8, "apply_b_dec_to_input": True}
    (folder / "cfg.json").write_text(json.dumps(config), encoding="utf-8")
    save_file(
        {"W_dec": np.arange(32, dtype=np.float32).reshape(8, 4)}, folder / "sae_weights.safetensors"
    )


def read_sae(folder: Path) -> object:
    weights = (folder / "sae_weights.safetensors").read_bytes()
    return local_files.sae_config(folder), weights


def local_sae(folder: Path, name: str) -> Stored:
    sae_files(folder / "sae")
    source = local_files.local_sae(folder / "sae")
    return Stored(folder / "sae" / name, lambda: read_sae(local_files.verified(source)))


def shipped_sae(folder: Path, name: str) -> Stored:
    from synact_bench.models import sae

    home = folder / "baselines"
    sae_files(home / "tiny" / "sae")
    checksums.write_list(home, ["tiny/sae/cfg.json"])
    digest = packages.sha256(home / "tiny" / "sae" / "sae_weights.safetensors")
    source = ShippedSae(kind="shipped", folder="tiny/sae", sha256=digest)

    def read() -> object:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(spec, "baselines", lambda: home)
            return read_sae(sae._shipped(source))

    return Stored(home / "tiny" / "sae" / name, read)


def local_model(folder: Path, name: str) -> Stored:
    model = folder / "model"
    model.mkdir()
    (model / "config.json").write_text('{"model_type": "llama"}', encoding="utf-8")
    (model / "tokenizer.json").write_text('{"version": "1.0"}', encoding="utf-8")
    save_file({"weight": np.arange(64, dtype=np.float32)}, model / "model.safetensors")
    source = local_files.local_model(model)

    def read() -> object:
        place = local_files.verified(source)
        return [each.read_bytes() for each in sorted(place.iterdir())]

    return Stored(model / name, read)


def converted_model(folder: Path) -> Stored:
    model = folder / "converted"

    def made() -> None:
        model.mkdir(exist_ok=True)
        save_file({"weight": np.arange(64, dtype=np.float32)}, model / "model.safetensors")
        checksums.write_list(model, ["model.safetensors"])

    def read() -> object:
        stored_files.remove_altered(model)
        if not model.exists():
            made()
            return None
        return (model / "model.safetensors").read_bytes()

    made()
    return Stored(model / "model.safetensors", read)


def hub_model(folder: Path, *, large: bool) -> Stored:
    """As a hub's client lays it out: a link to a file that is called by its own checksum."""
    home = folder / "models--tiny"
    snap = home / "snapshots" / ("0" * 40)
    content = b"weights " * 99
    plain, git = hashlib.sha256(content), hashlib.sha1(b"blob 792\0" + content)
    blob = home / "blobs" / (plain if large else git).hexdigest()
    for each in (snap, blob.parent):
        each.mkdir(parents=True)
    blob.write_bytes(content)
    (snap / "model.safetensors").symlink_to(blob)

    def read() -> object:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stored_files, "snapshot_download", lambda *_, **__: str(snap))
            stored_files.refuse_altered("tiny")
        return blob.read_bytes()

    return Stored(blob, read)


def activations(folder: Path) -> Stored:
    import torch

    from synact_bench.models import captured

    file = folder / "pool.safetensors"
    file.write_bytes(captured.dumps(torch.linspace(-1, 1, 256).view(64, 1, 4)))

    def read() -> object:
        found = captured.load(file)
        return None if found is None else found.numpy().tobytes()

    return Stored(file, read)


KINDS: dict[str, Callable[[Path], Stored]] = {
    "cell: record": lambda folder: cell(folder, ".json"),
    "cell: table": lambda folder: cell(folder, ".parquet"),
    "pack": packed,
    "baseline": kept_baseline,
    "frozen scale": frozen_scale,
    "latents": kept_latents,
    "testbed.toml": kept_facts,
    "official seed": official_seed,
    "wheel": wheel,
    "activation cache": activations,
    "local SAE: weights": lambda folder: local_sae(folder, "sae_weights.safetensors"),
    "local SAE: config": lambda folder: local_sae(folder, "cfg.json"),
    "shipped SAE: weights": lambda folder: shipped_sae(folder, "sae_weights.safetensors"),
    "shipped SAE: config": lambda folder: shipped_sae(folder, "cfg.json"),
    "local model: weights": lambda folder: local_model(folder, "model.safetensors"),
    "local model: tokenizer": lambda folder: local_model(folder, "tokenizer.json"),
    "converted model": converted_model,
    "hub model: large file": lambda folder: hub_model(folder, large=True),
    "hub model: small file": lambda folder: hub_model(folder, large=False),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "flips", [24, pytest.param(500, marks=pytest.mark.faults)], ids=["some", "many"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_is_found(
    kind: str,
    flips: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: Callable[[str, str], None],
) -> None:
    monkeypatch.setenv("SYNACT_CACHE", str(tmp_path / "cache"))
    stored = KINDS[kind](tmp_path)
    good, expected = stored.file.read_bytes(), stored.read()
    assert expected is not None
    rng = np.random.default_rng(flips)
    again = unchanged = 0
    refused: list[str] = []
    for at in range(flips):
        write(stored.file, flipped(good, rng), at)
        try:
            found = stored.read()
        except SynactError as error:
            refused.append(error.where)
        else:
            again += found is None
            unchanged += found is not None
            assert found is None or found == expected
    write(stored.file, good, flips)
    assert stored.read() == expected
    names = [each.name for each in (stored.file, *named(stored.file))]
    assert all(any(name in where for name in names) for where in refused)
    assert len(refused) + again > flips / 2
    told(
        f"flip of a bit, {kind}",
        f"{flips} made, {len(refused)} refused with the file's name, "
        f"{again} made again, {unchanged} without effect, 0 unnoticed",
    )


def named(file: Path) -> tuple[Path, ...]:
    """What else names a file to a person: its folder, or the link that leads to it."""
    return (file.parent, Path("model.safetensors"))


def flipped(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    changed[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def write(file: Path, content: bytes, at: int) -> None:
    """Another file than before, by its time too: what was read of one is remembered by it."""
    file.write_bytes(content)
    os.utime(file, ns=(at * 10**9, at * 10**9))
