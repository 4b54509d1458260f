"""Captured activations, kept in the cache: a model takes minutes over a text's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from synact_bench.assets import packages
from synact_bench.assets.prompts import Prompts
from synact_bench.core import disk
from synact_bench.core.checksums import made_again
from synact_bench.models.language_model import LanguageModel
from synact_bench.testbeds.spec import PROSE, Setup

DIGEST = "sha256"
"""Metadata of a stored file: the checksum of its activations' bytes."""
COMPARED = 8
"""Windows whose stored activations are compared with live ones, spread over all."""
CLOSE = 2e-5
"""Difference that another batch may make, as a share of the largest coordinate."""


def written(testbed: Setup, model: LanguageModel, chosen: Prompts) -> Tensor:
    """Activation of each prompt where the testbed writes: ``[n, d_model]``."""
    ids = torch.from_numpy(chosen.ids)
    return model.capture(ids, testbed.write_hook)[:, testbed.write_index].contiguous()


def written_once(
    testbed: Setup, model: LanguageModel, chosen: Prompts, *, also: Sequence[str] = ()
) -> Tensor:
    """As ``written``, from the cache if they lie there, which they do afterwards.

    Args:
        testbed: says where.
        model: its own.
        chosen: prompts.
        also: hooks at which the same prompts will be wanted: if the model must run, what it gives
            there is put into the cache too.
    """
    token = slice(testbed.write_index, testbed.write_index + 1)
    return _once(testbed, model, chosen, token, also)[:, 0]


def after_first_once(testbed: Setup, model: LanguageModel, chosen: Prompts) -> Tensor:
    """Activations of all tokens but the first at the write hook: ``[n, n_ctx - 1, d_model]``.

    The first token's is massive in most models, whatever the token. From the cache if they lie
    there, which they do afterwards.
    """
    return _once(testbed, model, chosen, slice(1, None))


def _once(
    testbed: Setup,
    model: LanguageModel,
    chosen: Prompts,
    tokens: slice,
    also: Sequence[str] = (),
) -> Tensor:
    """Activations of some tokens of each window, ``[n, tokens, d_model]``.

    A stored file is used only if it is what was written, by its checksum, and a few of its windows
    are what the live model gives.
    """
    if not len(chosen):
        return torch.empty(0, len(range(*tokens.indices(testbed.n_ctx))), model.d_model)

    def place(hook_name: str) -> Path:
        return _path(testbed, hook_name, chosen, tokens)

    ids = torch.from_numpy(chosen.ids)
    path = place(testbed.write_hook)
    with disk.locked(path):
        rows = range(0, len(chosen), max(1, len(chosen) // COMPARED))
        few = model.capture(ids[rows], testbed.write_hook, tokens=tokens)
        stored = load(path)
        if (
            stored is not None
            and stored.dtype == few.dtype
            and stored.shape == (len(chosen), *few.shape[1:])
            and bool(stored.isfinite().all())
            and torch.allclose(stored[rows], few, rtol=0, atol=CLOSE * float(few.abs().max()))
        ):
            return stored
        lacking = [each for each in also if place(each) != path and not place(each).exists()]
        with packages.file_made_whole(path) as made:  # found out now, if it cannot be written
            found = model.capture_each(ids, [testbed.write_hook, *lacking], tokens=tokens)
            made.write_bytes(dumps(found[0]))
    for name, activations in zip(lacking, found[1:], strict=True):  # no lock within another
        with disk.locked(place(name)), packages.file_made_whole(place(name)) as made:
            made.write_bytes(dumps(activations))
    return found[0]


def _path(testbed: Setup, hook_name: str, chosen: Prompts, tokens: slice) -> Path:
    """A file named by all that decides the activations: of an SAE, say, nothing does."""
    model: Any = testbed.model.model_dump(mode="json", exclude=PROSE)
    place = hook_name, tokens.start, tokens.stop
    facts = [model, testbed.weights, *place, *chosen.ids.shape]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    digest.update(chosen.ids.tobytes())
    return packages.cache_folder() / "activations" / f"{digest.hexdigest()[:32]}.safetensors"


def dumps(activations: Tensor) -> bytes:
    """A file of activations, with their checksum."""
    return save({"activations": activations}, {DIGEST: _digest(activations)})


def load(path: Path) -> Tensor | None:
    """What a file holds; None where it is missing, damaged or another than was written.

    Files of older releases have no checksum.
    """
    try:
        with safe_open(path, framework="pt") as file:
            stated = (file.metadata() or {}).get(DIGEST)
            found: Tensor = file.get_tensor("activations")
        if stated in {None, _digest(found)}:
            return found
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError):
        pass
    made_again(path)
    return None


def _digest(activations: Tensor) -> str:
    """SHA-256 of float32 numbers in order of their rows, with dtype and shape."""
    digest = hashlib.sha256(f"{activations.dtype} {[*activations.shape]}".encode())
    digest.update(activations.contiguous().view(torch.uint8).numpy().data)
    return digest.hexdigest()
