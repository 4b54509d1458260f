"""Testbeds of a person's own: declared by a few options."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

from synact_bench.assets import local_files
from synact_bench.assets.text import hub_rows, local_text
from synact_bench.core.activations import ACTIVATIONS_PER_DIMENSION
from synact_bench.core.errors import SubjectError, SynactError
from synact_bench.core.warning_filters import warnings_heard
from synact_bench.testbeds import hooks, spec
from synact_bench.testbeds.names import HUB_ID
from synact_bench.testbeds.sources import (
    HubModel,
    LocalModel,
    LocalSae,
    ModelSource,
    PrincipalComponents,
    ReleasedSae,
    SaeSource,
    TextSource,
)
from synact_bench.testbeds.spec import N_CTX, TRAIN_ACTIVATIONS, Scaled, Setup

EMBEDDED = "smollm2-135m"
"""The testbed whose text is used where none is given."""
DEFAULT_SAE, PCA = "default", "pca"
"""What ``--sae`` takes beside files and releases: the SAE of the testbed, principal components."""
OLDER_DEFAULT = "own"
"""What ``DEFAULT_SAE`` was called; taken still."""
AnySetup = TypeVar("AnySetup", bound=Setup)
HUB_MODEL = re.compile(rf"{HUB_ID.pattern}(@[\w.-]+)?")


@warnings_heard()  # a notebook that makes them errors means its own code, no library's
def declare(
    model: str,
    hook: str,
    *,
    read_hook: str | None = None,
    sae: str | None = None,
    dataset: str | None = None,
    text: Path | None = None,
    n_ctx: int | None = None,
    bos: bool = False,
    as_trained: bool = False,
) -> Setup:
    """Declare a custom testbed; its name has a mark of everything that was chosen.

    Args:
        model: a folder with safetensors and tokenizer, a GGUF file, or a hub id, which may end in
            ``@revision``.
        hook: where activations are placed: ``blocks.L.hook_resid_pre`` or ``..._post``.
        read_hook: where the answer is read; by default the last block's ``hook_resid_post``.
        sae: ``RELEASE/ID`` of sae_lens, a folder in its format, or ``pca``, the default: the
            principal components of the train pool.
        dataset: hub name of rows of token ids or text, ``NAME[:CONFIG][@REVISION]``.
        text: a file, or a folder of .txt.
        n_ctx: tokens of a prompt; by default 10.
        bos: whether each begins with the beginning-of-sequence token.
        as_trained: take both from the SAE's config instead.

    Raises:
        SynactError: a choice cannot be read, or two of them cannot be together.
    """
    if as_trained and (n_ctx is not None or bos):
        raise SynactError(
            "are mutually exclusive: each says how long prompts are and how they begin",
            where="--as-trained and --n-ctx or --bos",
            fix="drop one",
        )
    source = model_source(model)
    write_hook = _write_hook(hook)
    chosen_sae = sae_source(sae or PCA)
    from synact_bench.models import checkpoints, releases  # noqa: PLC0415  (the model libraries)

    if as_trained:
        n_ctx, bos = releases.context_of(chosen_sae)
    shape = checkpoints.shape(source)
    facts: dict[str, Any] = {
        "version": "1",
        "summary": f"A person's own: {_stem(source)} at {write_hook}.",
        "model": source,
        "weights": releases.weights_of(chosen_sae) if shape.centrable else "raw",
        "text": _text(dataset, text),
        "sae": chosen_sae,
        "write_hook": write_hook,
        "read_hook": read_hook or f"blocks.{shape.layers - 1}.hook_resid_post",
        "n_ctx": N_CTX if n_ctx is None else n_ctx,
        "bos": bos,
        "train_activations": max(TRAIN_ACTIVATIONS, ACTIVATIONS_PER_DIMENSION * shape.d_model),
    }
    layer = hooks.layer_of(write_hook)
    if layer >= shape.layers:
        raise SubjectError(
            f"the model has {shape.layers} blocks",
            where=f"--hook {hook}",
            fix=f"place activations at blocks.{shape.layers - 1}.hook_resid_pre or before",
        )
    name = f"{_slug(_stem(source))}-layer{layer}-{_slug(_stem(chosen_sae))}"
    declared = spec.validated({"name": name, **facts}, Setup, where=f"--model {model}")
    if declared.read_layer >= shape.layers:
        raise SubjectError(
            f"the model has {shape.layers} blocks",
            where=f"hook {declared.read_hook}",
            fix=f"read at blocks.{shape.layers - 1}.hook_resid_post or before",
        )
    return _marked(declared)


@warnings_heard()
def varied(found: Setup, *, sae: str | None = None, as_trained: bool = False) -> Setup:
    """A testbed with another SAE, or on prompts as its SAE was trained, or both.

    Its name has a mark of what was chosen, unless nothing changes. The scale of a testbed, absolute
    length and tau, does not depend on the SAE: it is kept where the prompts are.

    Args:
        found: what is varied.
        sae: as for ``declare``, or ``default``: the testbed's.
        as_trained: take ``n_ctx`` and ``bos`` from the SAE's config.

    Raises:
        SynactError: the SAE cannot be read, or its config does not state its context.
    """
    chosen = found.sae if sae in {None, DEFAULT_SAE, OLDER_DEFAULT} else sae_source(str(sae))
    name = found.name
    changed: dict[str, Any] = {}
    if _content(chosen) != _content(found.sae):
        name, changed = f"{name}-{_slug(_stem(chosen))}", {"sae": chosen}
    kind: type[Setup] = Scaled if isinstance(found, Scaled) else Setup
    if as_trained:
        from synact_bench.models import releases  # noqa: PLC0415  (the model libraries)

        n_ctx, bos = releases.context_of(chosen)
        if (n_ctx, bos) != (found.n_ctx, found.bos):
            # The fingerprint is of prompts of another length.
            changed |= {"n_ctx": n_ctx, "bos": bos, "fingerprint": None}
            name, kind = f"{name}-as-trained", Setup
    if not changed:
        return found
    facts = {field: getattr(found, field) for field in kind.model_fields}
    facts |= {"name": name, "summary": f"{found.name}, varied by its user.", **changed}
    return _marked(spec.validated(facts, kind, where=found.name))


def _marked(declared: AnySetup) -> AnySetup:
    """The same with a mark of all that was chosen at the end of its name."""
    return declared.model_copy(update={"name": f"{declared.name}-{declared.digest[:8]}"})


def _content(source: SaeSource) -> object:
    """What decides an SAE, wherever its files lie."""
    return source.kind, source.origin


def model_source(model: str) -> ModelSource:
    """What ``--model`` names.

    Raises:
        AssetError: it is neither on this disk nor a hub id.
    """
    path = Path(model)
    if path.exists() or path.suffix == local_files.GGUF or not HUB_MODEL.fullmatch(model):
        return local_files.local_model(path)
    name, _, revision = model.partition("@")
    return HubModel(kind="hub", name=name, revision=revision or "main")


def sae_source(sae: str) -> SaeSource:
    """What ``--sae`` names.

    Raises:
        SynactError: it is neither on this disk nor of a release.
    """
    if sae == PCA:
        return PrincipalComponents(kind="pca")
    if sae in {DEFAULT_SAE, OLDER_DEFAULT}:
        raise SubjectError(
            "a custom model comes with no SAE",
            where=f"--sae {sae}",
            fix=f"give RELEASE/ID, a folder in sae_lens's format (./{sae}), or pca",
        )
    path = Path(sae)
    if path.exists() or path.is_absolute() or sae.startswith(".") or "/" not in sae:
        return local_files.local_sae(path)
    from synact_bench.models import releases  # noqa: PLC0415  (the model libraries)

    return releases.find(sae)


def _write_hook(hook: str) -> str:
    if not hooks.RESIDUAL.fullmatch(hook):
        raise SubjectError(
            "activations are taken from the residual stream alone",
            where=f"--hook {hook}",
            fix="name one such as blocks.3.hook_resid_pre or blocks.3.hook_resid_post",
        )
    return hooks.entered(hook)


def _text(dataset: str | None, text: Path | None) -> TextSource:
    if dataset is not None and text is not None:
        raise SynactError(
            "are mutually exclusive: each names the text",
            where="--dataset and --text",
            fix="drop one",
        )
    if dataset is not None:
        return hub_rows(dataset)
    return local_text(text) if text is not None else spec.find(EMBEDDED).text


def _stem(source: ModelSource | SaeSource) -> str:
    """What people call it."""
    if isinstance(source, LocalModel | LocalSae):
        return Path(source.path).name.removesuffix(local_files.GGUF)
    if isinstance(source, HubModel):
        return source.name.rpartition("/")[2]
    return source.release if isinstance(source, ReleasedSae) else source.kind


def _slug(words: str) -> str:
    """The same as part of a folder's name."""
    return re.sub(r"[^a-z0-9.]+", "-", words.lower()).strip("-.")[:40].strip("-.") or "own"
