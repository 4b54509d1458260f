"""Names looked up: the declaration of the testbed that is asked for. No model is opened."""

from __future__ import annotations

import os
from pathlib import Path

from synact_bench.assets import custom_file, local_files
from synact_bench.assets.text import local_text, refuse_edited
from synact_bench.core.errors import SubjectError, SynactError
from synact_bench.models import custom
from synact_bench.results.record import own_text_mark
from synact_bench.run.options import DEFAULT_TESTBED, DEFAULTS, OPTIONS, RunOptions
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import Setup, Testbed

OF_A_MODEL = ("hook", "read_hook", "dataset", "n_ctx", "bos")
"""Options that say something of ``model``."""


def declared(options: RunOptions, *, opens_sae: bool = True) -> Setup:
    """The declaration that the options name, or make up of a custom model.

    Args:
        options: what is asked for.
        opens_sae: whether the declared SAE will be opened: else nothing of it is looked at.

    Raises:
        SynactError: options do not go together, or as ``setup`` and ``custom.declare``.
    """
    if options.model is None:
        given = [name for name in OF_A_MODEL if getattr(options, name) != DEFAULTS[name]]
        if given:
            raise SynactError(
                "of a custom model, which is not named",
                where=", ".join(flag(name) for name in given),
                fix="give --model too, or state it in a .toml file for --testbed",
            )
        named = options.testbed or DEFAULT_TESTBED
        found = setup(named, text=options.text, opens_sae=opens_sae)
        varied = custom.varied(found, sae=options.sae, as_trained=options.as_trained)
        return found if varied is found else setup(varied)
    if options.testbed is not None:
        raise SynactError(
            "are mutually exclusive: each names a testbed",
            where="--testbed and --model",
            fix="drop one",
        )
    if options.hook is None:
        raise SynactError(
            "needs --hook", where="--model", fix="add one such as --hook blocks.3.hook_resid_pre"
        )
    found = custom.declare(
        options.model,
        options.hook,
        read_hook=options.read_hook,
        sae=options.sae,
        dataset=options.dataset,
        text=options.text,
        n_ctx=options.n_ctx,
        bos=options.bos,
        as_trained=options.as_trained,
    )
    return setup(found)


def flag(name: str) -> str:
    """How the command line calls a field of ``RunOptions``."""
    return f"--{OPTIONS[name].name}"


def setup(
    testbed: str | os.PathLike[str] | Setup, *, text: Path | None = None, opens_sae: bool = True
) -> Setup:
    """What is named or given; a mere setup if its facts must still be measured.

    Args:
        testbed: name of a built-in testbed, path of a ``.toml`` file, or a declaration.
        text: a person's own text instead of the declared one.
        opens_sae: whether the declared SAE will be opened: else nothing of it is looked at.

    Raises:
        UnknownNameError: there is no such testbed.
        SubjectError: a declaration is called as a built-in testbed that it is not, or its SAE is
            of a kind that cannot be used, or of another hook.
        AssetError: a local model, SAE or text is missing, or no longer the declared one.
        SynactError: the file or the text cannot be read, or is no declaration.
    """
    found = testbed if isinstance(testbed, Setup) else _named(os.fspath(testbed))
    built_in = spec.catalog().get(found.name)
    if built_in is not None and built_in.digest != found.digest:
        raise SubjectError(
            "a built-in testbed of this name states other facts",
            where=f"testbed {found.name}",
            fix="give the declaration a name of its own",
        )
    if found.model.kind == "local":
        local_files.verified(found.model)
    if opens_sae and found.sae.kind == "local":
        local_files.verified(found.sae)
        from synact_bench.models import sae_kinds  # noqa: PLC0415  (loads torch)

        folder = Path(found.sae.path)
        sae_kinds.refuse_stored(folder)
        sae_kinds.refuse_other_hook(local_files.sae_hook(folder), found, where=str(folder))
    if text is None:
        refuse_edited(found.text)
        return found
    own_text = local_text(text)
    changed: dict[str, object] = {"name": found.name + own_text_mark(own_text.sha256)}
    changed["text"] = own_text
    if isinstance(found, Testbed):  # whose declared L0 is that of the declared text
        changed["l0"] = None
    return found.model_copy(update=changed)


def is_custom(found: Setup) -> bool:
    """Whether it is a person's own; a built-in testbed on another text is none."""
    name = found.name.removesuffix(own_text_mark(getattr(found.text, "sha256", "")))
    return name not in spec.catalog()


def _named(testbed: str) -> Setup:
    return custom_file.read(Path(testbed)) if testbed.endswith(".toml") else spec.find(testbed)
