"""What the options say of the testbed: a name, a file, or a model of a person's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from synact_bench.assets import local_files
from synact_bench.core.errors import SynactError
from synact_bench.run import lookup
from synact_bench.run.opening import open_request
from synact_bench.run.options import RunOptions
from synact_bench.run.request import Request
from synact_bench.scoring.resampling import FEWEST_DOCUMENTS
from synact_bench.testbeds.sources import LocalSae, ReleasedSae, ShippedSae
from synact_bench.testbeds.spec import Setup, Testbed

ON_HUBS = {"hub", "hub-text", "hub-tokens", "release"}
"""Kinds of sources that may have to be downloaded from a hub."""


def opened(
    options: RunOptions,
    *,
    declared: Setup | None = None,
    open_as: Callable[..., Request] = open_request,
) -> Request:
    """A request of the options; of a custom testbed, what is measured and found is said.

    Args:
        options: what is asked for.
        declared: what ``lookup.declared`` makes of them, where that was called already.
        open_as: ``open_request``, or what passes more to it.

    Raises:
        SynactError: as ``open_request``.
    """
    wanted = lookup.declared(options) if declared is None else declared
    for line in announced(wanted):
        print(line, flush=True)
    request = open_as(options, declared=wanted, say=partial(print, flush=True))
    for line in described(request.testbed):
        print(line)
    return request


def announced(wanted: Setup) -> Iterator[str]:
    """What to know of a custom testbed before it is opened; of a built-in one, nothing."""
    if not lookup.is_custom(wanted):
        return
    yield f"{wanted.name} is a custom testbed"
    if wanted.sae.kind == "pca":
        yield "no SAE: latents are the principal components of its activations"
    if isinstance(wanted.sae, LocalSae) and not local_files.sae_hook(Path(wanted.sae.path)):
        yield (
            "the SAE's config states no hook_name: that it is of this hook is only known from how "
            "much it explains"
        )
    if ON_HUBS & {wanted.model.kind, wanted.text.kind, wanted.sae.kind}:
        from synact_bench.assets import downloads  # noqa: PLC0415  (loads sae_lens)

        yield from map(str, downloads.from_hub(wanted))
    yield from _left_out(wanted)


def _left_out(wanted: Setup) -> Iterator[str]:
    """The token that the model's own tokenizer begins every text with, where prompts lack it."""
    if wanted.bos or wanted.text.kind == "hub-tokens":
        return
    from synact_bench.models import checkpoints, tokenization  # noqa: PLC0415  (the model libraries)

    try:
        token = tokenization.puts_first(checkpoints.tokenizer_of(wanted.model))
    except SynactError:  # whatever opens the model says it; with all cells stored nothing does
        return
    if token is not None:
        yield (
            f"the model's tokenizer begins every text with {token!r}, and these prompts begin "
            "without it: bos = true (--bos) puts it there"
        )


def described(testbed: Testbed) -> Iterator[str]:
    """The measured facts of a person's own testbed; of a built-in one, nothing."""
    if lookup.is_custom(testbed):
        if testbed.explained_variance is not None:
            active = "" if testbed.l0 is None else f" with {testbed.l0:g} latents active"
            yield f"latents explain {testbed.explained_variance:.3f} of the variance{active}"
        lengths = f"absolute length {testbed.absolute_length:g}, tau {testbed.tau:g}"
        bases = testbed.bases
        yield lengths if bases is None else f"{lengths}, medians over {bases} prompts"
        if bases is not None and bases < FEWEST_DOCUMENTS:
            yield f"fewer than {FEWEST_DOCUMENTS} prompts: both are rough, and more text is needed"


def shown(testbed: Setup) -> str:
    """What people call its dictionary."""
    source = testbed.sae
    if isinstance(source, LocalSae):
        return Path(source.path).name
    if isinstance(source, ReleasedSae):
        return source.origin
    return testbed.name if isinstance(source, ShippedSae) else source.kind
