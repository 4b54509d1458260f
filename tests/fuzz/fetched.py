"""Kinds that are fetched or given: SAEs, models, priors, archives."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import gguf
import numpy as np
import torch
from safetensors.torch import save

from synact_bench.assets import local_files, npm_packages, wheels
from synact_bench.core.errors import SynactError
from synact_bench.generators import flow_prior
from synact_bench.generators.flow_matching import CARD, WEIGHTS
from synact_bench.models import fingerprint, gguf_files, sae
from synact_bench.testbeds.sources import LocalSae
from tests.fuzz import mutations, places
from tests.fuzz.tried import Kind
from tests.helpers.priors import toy_prior

D_IN, D_SAE = 6, 18
HOOK = "blocks.1.hook_resid_pre"
PRESENT: dict[str, Any] = {
    **{"d_in": D_IN, "d_sae": D_SAE, "architecture": "standard", "dtype": "float32"},
    **{"device": "cpu", "apply_b_dec_to_input": True, "normalize_activations": "none"},
    **{"reshape_activations": "none"},
    "metadata": {"sae_lens_version": "6.5.0", "hook_name": HOOK},
}
TOPK = PRESENT | {"architecture": "topk", "k": 4}
OLDER: dict[str, Any] = {
    **{"d_in": D_IN, "d_sae": D_SAE, "model_name": "tiny", "hook_point": HOOK},
    **{"hook_point_layer": 1, "dtype": "torch.float32", "l1_coefficient": 1e-3},
}
CONFIGS = [PRESENT, TOPK, PRESENT | {"architecture": "jumprelu"}, OLDER]
TENSORS = save(
    {
        "W_enc": torch.ones(D_IN, D_SAE),
        "b_enc": torch.ones(D_SAE),
        "W_dec": torch.ones(D_SAE, D_IN),
        "b_dec": torch.ones(D_IN),
    }
)


def sae_config(content: bytes) -> object:
    """An SAE's config beside weights that are in order."""
    return _sae(content, TENSORS)


def sae_weights(content: bytes) -> object:
    """An SAE's weights beside a config that is in order."""
    return _sae(json.dumps(PRESENT).encode(), content)


def _sae(config: bytes, weights: bytes) -> object:
    folder = places.home() / "sae"
    places.put("sae/cfg.json", config)
    places.put("sae/sae_weights.safetensors", weights)
    local_files.sae_hook(folder)
    found = local_files.local_sae(folder)
    return sae.load(LocalSae(kind="local", path=str(folder), sha256=found.sha256))


def safetensors_file(seed: bytes) -> mutations.Make:
    """Makes files whose header says something else, and such whose bytes were changed."""
    size = int.from_bytes(seed[:8], "little")
    known = json.loads(seed[8 : 8 + size])

    def other(rng: Random) -> bytes:
        header = mutations.as_json(mutations.tree(rng, [known]))
        length = rng.choice((len(header), len(header), len(header), len(header) + 1, 2**62, 0))
        return length.to_bytes(8, "little") + header + seed[8 + size :]

    return mutations.either(other, lambda rng: mutations.spoiled(rng, [seed]))


@cache
def _gguf() -> bytes:
    """A small file of every kind of value."""
    path = places.home() / "seed.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_rope_freq_base(10_000.0)
    writer.add_token_list(["a", "b", "c"])
    writer.add_token_types([1, 1, 3])
    writer.add_token_scores([0.0, 0.5, 1.0])
    writer.add_bool("llama.attention.causal", True)
    writer.add_array("llama.attention.head_count", [4, 4])
    writer.add_tensor("token_embd.weight", np.ones((3, 4), np.float32))
    writer.add_tensor("output_norm.weight", np.ones(4, np.float16))
    for write in ("header", "kv_data", "tensors"):
        getattr(writer, f"write_{write}_to_file")()
    writer.close()
    return path.read_bytes()


def gguf_header(content: bytes) -> object:
    """What a GGUF file states, before anything of it is loaded."""
    return gguf_files.read(places.put("model.gguf", content), where="model.gguf")


def prior_card(content: bytes) -> object:
    """The card of a flow prior, beside weights that are in order."""
    return _prior(content, (toy_prior() / WEIGHTS).read_bytes())


def prior_weights(content: bytes) -> object:
    """The weights of a flow prior, for which its card vouches."""
    stated = json.loads((toy_prior() / CARD).read_bytes())
    stated["weights_sha256"] = hashlib.sha256(content).hexdigest()
    return _prior(json.dumps(stated).encode(), content)


def _prior(card: bytes, weights: bytes) -> object:
    folder = places.home() / "prior"
    places.put(f"prior/{CARD}", card)
    places.put(f"prior/{WEIGHTS}", weights)
    flow_prior.FlowSamples(folder)
    return flow_prior.load(folder)


PRINT: dict[str, Any] = {
    **{"ids": [[1, 2], [3, 4]], "activations": [[0.5, 1.5], [2.5, 3.5]]},
    "logits": [[0.1, 0.2], [0.3, 0.4]],
}


def printed(content: bytes) -> object:
    """A fingerprint."""
    return fingerprint.load(places.put("fingerprint.json", content))


MEMBERS = {"evil/a.txt": b"text", "evil/b.txt": b"more " * 50, "evil-1.0.dist-info/RECORD": b""}


@cache
def _archives() -> tuple[bytes, bytes]:
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in MEMBERS.items():
            archive.writestr(name, content)
    with tarfile.open(fileobj=tarred, mode="w") as made:
        for name, content in MEMBERS.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
    return zipped.getvalue(), tarred.getvalue()


def wheel(content: bytes) -> object:
    """A wheel: one member, and those under a prefix."""
    path = places.put("evil.whl", content)
    refused: SynactError | None = None
    for read in (_member, _members):
        try:
            read(path)
        except SynactError as error:
            refused = error
    if refused is not None:
        raise refused
    return path


def _member(path: Path) -> object:
    return wheels.member(path, "evil/a.txt")


def _members(path: Path) -> object:
    return wheels.members(path, prefix="evil/", suffix=".txt")


def npm_archive(content: bytes) -> object:
    """A package of npm, its tar changed before it is compressed, or after."""
    return npm_packages._member(places.put("evil.tgz", content), "package/evil/a.txt")


def _tarballs() -> mutations.Make:
    tarred = _archives()[1]
    zipped = gzip.compress(tarred, mtime=0)
    return mutations.either(
        lambda rng: gzip.compress(mutations.spoiled(rng, [tarred]), 1, mtime=0),
        lambda rng: mutations.spoiled(rng, [zipped]),
    )


def _card() -> Any:
    return json.loads((toy_prior() / CARD).read_bytes())


KINDS = (
    Kind(
        "SAE config (cfg.json)",
        lambda: mutations.file(CONFIGS, mutations.as_json),
        sae_config,
        share=2_000,
    ),
    Kind("SAE weights (safetensors)", lambda: safetensors_file(TENSORS), sae_weights, share=2_000),
    Kind(
        "GGUF header",
        lambda: lambda rng: mutations.spoiled(rng, [_gguf()]),
        gguf_header,
        share=6_000,
    ),
    Kind(
        "flow prior's card (JSON)",
        lambda: mutations.file([_card()], mutations.as_json),
        prior_card,
        share=2_500,
    ),
    Kind(
        "flow prior's weights",
        lambda: safetensors_file((toy_prior() / WEIGHTS).read_bytes()),
        prior_weights,
        share=2_000,
    ),
    Kind(
        "fingerprint (JSON)",
        lambda: mutations.file([PRINT], mutations.as_json),
        printed,
        share=6_000,
    ),
    Kind(
        "wheel (zip)",
        lambda: lambda rng: mutations.spoiled(rng, [_archives()[0]]),
        wheel,
        share=5_000,
    ),
    Kind("npm package (tar.gz)", _tarballs, npm_archive, share=4_000),
)
