"""What the options say of the testbed: a name, a file, or a model of a person's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from synact_bench.assets import local_files
from synact_bench.cli.options import DEFAULT_TESTBED
from synact_bench.core.errors import SynactError
from synact_bench.models import custom
from synact_bench.run import asked
from synact_bench.run.request import Request
from synact_bench.scoring.resampling import FEWEST_DOCUMENTS
from synact_bench.testbeds.sources import LocalSae, ReleasedSae, ShippedSae
from synact_bench.testbeds.spec import Setup, Testbed

ON_HUBS = {"hub", "hub-text", "hub-tokens", "release"}
"""Kinds of sources that may have to be downloaded from a hub."""


def declared(
    testbed: str | None,
    *,
    text: Path | None,
    model: str | None,
    hook: str | None,
    read_hook: str | None,
    sae: str | None,
    dataset: str | None,
    n_ctx: int | None,
    bos: bool,
    as_trained: bool = False,
) -> Setup:
    """The declaration that the options name or make up.

    Raises:
        SynactError: options do not go together, or one of them cannot be read.
    """
    if model is None:
        given: dict[str, object] = {
            "--hook": hook,
            "--read-hook": read_hook,
            "--dataset": dataset,
            "--n-ctx": n_ctx,
            "--bos": bos,
        }
        if any(given.values()):
            raise SynactError(
                "of a model of your own, which is not named",
                where=", ".join(option for option, value in given.items() if value),
                fix="give --model too, or state it in a .toml file for --testbed",
            )
        found = asked.setup(testbed or DEFAULT_TESTBED, text=text)
        return custom.varied(found, sae=sae, as_trained=as_trained)
    if testbed is not None:
        raise SynactError(
            "name two testbeds", where="--testbed and --model", fix="leave one of them out"
        )
    if hook is None:
        raise SynactError(
            "needs --hook", where="--model", fix="add one such as --hook blocks.3.hook_resid_pre"
        )
    return custom.declare(
        model,
        hook,
        read_hook=read_hook,
        sae=sae,
        dataset=dataset,
        text=text,
        n_ctx=n_ctx,
        bos=bos,
        as_trained=as_trained,
    )


def opened(wanted: Setup, resolve: Callable[..., Request]) -> Request:
    """What ``resolve`` makes of it; of a testbed of one's own, what is measured and found is said.

    Args:
        wanted: the declaration.
        resolve: looks everything up, and measures what the declaration lacks; takes ``testbed`` and
            ``say`` as ``Request.resolve`` does.

    Raises:
        SynactError: as ``resolve``.
    """
    for line in announced(wanted):
        print(line, flush=True)
    request = resolve(testbed=wanted, say=partial(print, flush=True))
    for line in described(request.testbed):
        print(line)
    return request


def announced(wanted: Setup) -> Iterator[str]:
    """What to know of a testbed of one's own before it is opened; of a built-in one, nothing."""
    if not asked.is_own(wanted):
        return
    yield f"{wanted.name} is a testbed of your own"
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
    if asked.is_own(testbed):
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
