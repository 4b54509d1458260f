"""Testbed declarations: facts only, read from TOML, unknown fields refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from synact_bench.core.errors import SubjectError, UnknownNameError
from synact_bench.core.setting import Site
from synact_bench.core.shipped import baselines
from synact_bench.core.untrusted import faults, places
from synact_bench.testbeds.hooks import layer_of
from synact_bench.testbeds.names import Relative
from synact_bench.testbeds.reading import facts_of, validated
from synact_bench.testbeds.scale import ScaleFacts
from synact_bench.testbeds.sources import (
    Declared,
    HubModel,
    HubText,
    HubTokens,
    LocalModel,
    LocalSae,
    LocalText,
    ModelSource,
    Package,
    PackagedFile,
    PackagedModel,
    PackagedParts,
    PackagedText,
    PrincipalComponents,
    RandomModel,
    ReleasedSae,
    SaeSource,
    ShippedSae,
    TextSource,
)

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = [
    "HubModel",
    "HubText",
    "HubTokens",
    "LocalModel",
    "LocalSae",
    "LocalText",
    "Package",
    "PackagedFile",
    "PackagedModel",
    "PackagedParts",
    "PackagedText",
    "PrincipalComponents",
    "RandomModel",
    "ReleasedSae",
    "Scaled",
    "Setup",
    "ShippedSae",
    "Testbed",
    "baselines",
    "catalog",
    "facts_of",
    "find",
    "parse",
    "validated",
]

_PACKAGE = {"package": {"licence", "size_mb"}}
PROSE: Any = _PACKAGE | {"parts": {"__all__": _PACKAGE}, "path": True, "size_mb": True}
"""Fields of a source that are no part of a digest: for people, or where a local file lies."""
N_CTX, TRAIN_ACTIVATIONS = 10, 32_000
"""Where a declaration does not say."""
OF_PROMPTS = {
    *("model", "weights", "text", "n_ctx", "bos", "write_position", "windows"),
    "train_activations",
}
"""Fields that decide the model and what is captured of it, except the layer."""
OPTIONAL = ("bos", "write_position")
OPTIONAL_OF_TEXT = ("config", "revision")
"""Fields that are part of a digest only where they are not at their defaults."""


class Setup(Declared):
    """Where activations are placed and where the answer is read: what it takes to open a model."""

    name: Annotated[str, AfterValidator(places.plain)] = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    """A folder of runs is called so."""
    version: str = "1"
    summary: str = ""
    model: ModelSource
    weights: Literal["raw", "centred"] = "raw"
    """``centred``: TransformerLens's folded LayerNorm and centred writing weights."""
    text: TextSource
    sae: SaeSource
    write_hook: str = Field(pattern=r"^blocks\.\d+\.hook_resid_pre$")
    read_hook: str = Field(pattern=r"^blocks\.\d+\.hook_resid_post$")
    fingerprint: Relative | None = None
    """Reference values under ``baselines/`` that the loaded model must reproduce."""
    n_ctx: int = Field(default=N_CTX, ge=2)
    """Tokens of a prompt, the beginning-of-sequence token among them."""
    bos: bool = False
    """Whether every prompt begins with the tokenizer's beginning-of-sequence token."""
    write_position: Literal["last", "middle"] = "last"
    """Where in the prompt activations are taken and written; the answer is read at the last."""
    windows: Literal["all", "first"] = "all"
    """``all`` cuts each document into windows; ``first`` takes the first ``n_ctx`` ids."""
    train_activations: int = Field(default=TRAIN_ACTIVATIONS, ge=1)
    """Size of the train pool that generators are fitted on."""

    @model_validator(mode="after")
    def _reads_what_it_wrote(self) -> Setup:
        if self.read_layer < self.write_layer:
            raise faults.FaultError(f"{self.read_hook} comes before {self.write_hook}")
        return self

    @property
    def write_layer(self) -> int:
        """Index of the first block that sees a written activation."""
        return layer_of(self.write_hook)

    @property
    def read_layer(self) -> int:
        """Index of the block whose output is read."""
        return layer_of(self.read_hook)

    @property
    def write_index(self) -> int:
        """Index in a prompt of the token whose activation is written."""
        return self.n_ctx - 1 if self.write_position == "last" else self.n_ctx // 2

    @property
    def prompts_digest(self) -> str:
        """SHA-256 over what decides prompts and model: the same for testbeds that share both."""
        facts = self.model_dump(mode="json", include=OF_PROMPTS)
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    @property
    def identity(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"

    @property
    def site(self) -> Site:
        """Where its activations come from."""
        source = self.model
        name, _, revision = source.origin.rpartition("@" if source.kind == "hub" else " ")
        if isinstance(source, RandomModel):  # of the same package as the trained weights
            revision = f"{revision} random {source.seed}"
        return Site(
            model=name,
            revision=revision,
            hook_name=self.write_hook,
            n_ctx=self.n_ctx,
            position=self.write_index,
            bos=self.bos,
            centred=self.weights == "centred",
        )

    @property
    def setup(self) -> Setup:
        """The same without the facts that are measured once it is opened."""
        return Setup.model_validate({name: getattr(self, name) for name in Setup.model_fields})

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of every declared fact.

        Left out are prose, the paths of local files, whose content counts instead, and options
        that are not made use of.
        """
        text = PROSE | _at_defaults(self.text, OPTIONAL_OF_TEXT)
        kept_out: Any = {"summary": True, "bases": True, "scale": True}
        kept_out |= _at_defaults(self, OPTIONAL)
        kept_out |= {"model": PROSE, "text": text, "sae": PROSE}
        facts = self.model_dump(mode="json", exclude=kept_out)
        canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def _at_defaults(facts: Declared, names: Iterable[str]) -> dict[str, bool]:
    """Those of the fields that the facts have and leave at their defaults."""
    fields = type(facts).model_fields
    return {
        name: True
        for name in names
        if name in fields and getattr(facts, name) == fields[name].default
    }


class Scaled(Setup):
    """A setup whose scale is known: facts of model, text and hooks, whatever the SAE.

    ``absolute_length`` is in units of activation distance; ``tau`` is the l2 threshold of
    plateau_width at the read hook.
    """

    absolute_length: float = Field(gt=0)
    tau: float = Field(gt=0)
    scale: dict[str, ScaleFacts] = Field(default_factory=dict)
    """Of cells, by ``experiment/path``: what realism is measured on. No part of the digest: what is
    measured in the model does not depend on it."""


class Testbed(Scaled):
    """A setup with the facts that were measured there and then frozen.

    ``explained_variance`` is the share of variance about the mean that the SAE must explain on the
    testbed's own activations, within ``0.05``; ``l0`` is the mean number of latents active on an
    activation of the train pool, which must hold within 5 %.
    """

    __test__ = False  # the name begins with "Test": pytest must not collect it

    explained_variance: float | None = Field(default=None, gt=0, le=1)
    """None is not checked, except that the SAE must explain more than the mean does."""
    l0: float | None = Field(default=None, gt=0)
    """None is not checked."""
    bases: int | None = Field(default=None, ge=1)
    """How many prompts ``absolute_length`` and ``tau`` are medians over, for people."""


MEASURED = frozenset(Testbed.model_fields) - frozenset(Setup.model_fields)
"""Facts that are measured where a declaration states none of them."""
NEEDED = frozenset(name for name in MEASURED if Testbed.model_fields[name].is_required())
"""Those that a declaration with any of them must state."""
FINGERPRINTED = ("model", "weights", "write_hook", "n_ctx")
"""Fields that a fingerprint depends on."""


def parse(text: str, *, where: str) -> Testbed:
    """Read a declaration; one that ``extends`` a built-in testbed states what differs from it.

    Raises:
        SubjectError: the text is not TOML or not a valid declaration.
        UnknownNameError: there is no testbed that it extends.
    """
    return validated(inherited(text, where=where), Testbed, where=where)


def inherited(text: str, *, where: str) -> dict[str, Any]:
    """What a TOML text states, and what else is true of the built-in testbed that it ``extends``.

    A fingerprint is of one model, read at one hook, on prompts of one length: where the text states
    others, that of what it extends is none of its own.

    Raises:
        SubjectError: it is not TOML.
        UnknownNameError: there is no testbed that it extends.
    """
    facts = facts_of(text, where=where)
    if "extends" in facts:
        parent = _shipped(str(facts.pop("extends"))).model_dump(mode="json", exclude={"scale"})
        if any(facts.get(name, parent[name]) != parent[name] for name in FINGERPRINTED):
            parent["fingerprint"] = None
        facts = parent | facts
    return facts


@cache
def catalog() -> Mapping[str, Testbed]:
    """Built-in testbeds by name; a draft, which lacks facts that are measured, is none."""
    return {name: _shipped(name) for name in sorted(_files()) if not _lacking(name)}


def _lacking(name: str) -> list[str]:
    """Measured facts that a file of the catalog still needs, sorted."""
    file = _files()[name]
    return sorted(NEEDED - inherited(file.read_text(encoding="utf-8-sig"), where=file.name).keys())


def find(name: str) -> Testbed:
    """The built-in testbed called ``name``.

    Raises:
        UnknownNameError: there is none; the message names the nearest.
        SubjectError: it is a draft.
    """
    if name in catalog():
        return catalog()[name]
    if name in _files() and (lacking := _lacking(name)):
        raise SubjectError(
            f"lacks {' and '.join(lacking)}, which are measured",
            where=f"testbed {name}",
            fix=f"run synact-bench freeze {name}",
        )
    raise UnknownNameError("testbed", name, catalog())


@cache
def _shipped(name: str) -> Testbed:
    files = _files()
    if name not in files:
        raise UnknownNameError("testbed", name, files)
    found = parse(files[name].read_text(encoding="utf-8-sig"), where=files[name].name)
    if found.name != name:
        raise SubjectError(
            f"declares {found.name!r}", where=files[name].name, fix="call the file as the testbed"
        )
    return found


def place(name: str) -> Path:
    """The file of the built-in testbed, or of the draft, called ``name``.

    Raises:
        UnknownNameError: there is none.
    """
    if name not in _files():
        raise UnknownNameError("testbed", name, _files())
    return Path(str(_files()[name]))


def _files() -> Mapping[str, Traversable]:
    """Built-in declarations by the name of their testbed."""
    folder = resources.files("synact_bench.testbeds") / "catalog"
    toml = ".toml"
    return {
        each.name.removesuffix(toml): each for each in folder.iterdir() if each.name.endswith(toml)
    }
