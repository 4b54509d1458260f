"""Downloads: what a testbed needs, from where, how large it is and whether it is there already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from huggingface_hub import snapshot_download, try_to_load_from_cache
from sae_lens.loading.pretrained_saes_directory import get_repo_id_and_folder_name

from synact_bench.assets import packages
from synact_bench.core.errors import AssetError
from synact_bench.testbeds.spec import (
    HubText,
    HubTokens,
    LocalModel,
    LocalSae,
    Package,
    PackagedFile,
    PackagedParts,
    PackagedText,
    ReleasedSae,
    Setup,
    ShippedSae,
)

MODEL_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
"""What is read of a repository; weights in torch's own format are refused."""
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
MEGABYTE = 1e6
CACHED, LACKING = "cached already", "to be downloaded"
HERE, HUB = "this machine", "the model hub"


@dataclass(frozen=True)
class Download:
    """One part of a testbed.

    Attributes:
        part: ``model``, ``text`` or ``SAE``.
        name: of what is needed.
        origin: where it comes from.
        megabytes: what is downloaded; None where nobody can say.
        known: whether the size is the origin's own figure, not a declared one.
        state: whether it is there.
    """

    part: str
    name: str
    origin: str
    megabytes: float | None = None
    known: bool = False
    state: str = CACHED

    def __str__(self) -> str:
        size = "size unknown" if self.megabytes is None else f"{self.megabytes:.4g} MB"
        size += "" if self.known or self.megabytes is None else " as declared"
        shown = "" if self.origin == HERE else f" {size},"
        return f"{self.part}: {self.name}, from {self.origin},{shown} {self.state}"


def downloads(testbed: Setup) -> list[Download]:
    """Model, text and SAE of a testbed; a hub that cannot be reached is not asked for sizes.

    Raises:
        AssetError: the SAE's release has no such SAE.
    """
    return [_model(testbed), _text(testbed), _sae(testbed)]


def from_hub(testbed: Setup) -> list[Download]:
    """Those of the parts that come from a hub and are not all there.

    Raises:
        AssetError: the SAE's release has no such SAE.
    """
    return [
        each for each in downloads(testbed) if each.origin.startswith(HUB) and each.state != CACHED
    ]


def _model(testbed: Setup) -> Download:
    source = testbed.model
    if isinstance(source, (PackagedFile, PackagedParts)):
        return _packages("model", [part.package for part in source.parts])
    if isinstance(source, LocalModel):
        return Download("model", source.path, HERE, state="a local model")
    return _hub(
        "model",
        f"{source.name}@{source.revision}",
        source.name,
        source.revision,
        declared=source.size_mb,
        patterns=MODEL_FILES,
        chosen=_outside_folders,
        proof=WEIGHTS,
    )


def _outside_folders(names: Iterable[str]) -> set[str]:
    """Those of some files that lie in no folder."""
    return {name for name in names if "/" not in name}


def _text(testbed: Setup) -> Download:
    source = testbed.text
    if isinstance(source, PackagedText):
        return _packages("text", [source.package])
    if isinstance(source, (HubTokens, HubText)):
        name = f"the first {source.rows} rows of {source.origin}"
        state = "streamed again whenever the testbed is opened"
        return Download("text", name, HUB, source.size_mb, state=state)
    return Download("text", source.path, HERE, state="a local text")


def _sae(testbed: Setup) -> Download:
    source = testbed.sae
    if isinstance(source, ShippedSae):
        return Download("SAE", source.folder, HERE, state="shipped with the testbed")
    if isinstance(source, LocalSae):
        return Download("SAE", source.path, HERE, state="a local SAE")
    if not isinstance(source, ReleasedSae):
        return Download("SAE", "principal components", HERE, state="made of the train pool")
    try:
        repository, folder = get_repo_id_and_folder_name(source.release, source.id)
    except ValueError as error:
        fix = "correct the testbed declaration"
        raise AssetError(str(error), where=f"SAE release {source.release}", fix=fix) from error
    return _hub(
        "SAE",
        f"{source.release}/{source.id}",
        repository,
        None,
        declared=source.size_mb,
        patterns=(folder, f"{folder}/*"),  # of some releases it is a file
        proof=(f"{folder}/sae_weights.safetensors", folder),
    )


def _packages(part: str, wanted: Sequence[Package]) -> Download:
    more = f" and {len(wanted) - 1} more" if len(wanted) > 1 else ""
    name = f"{wanted[0].name}=={wanted[0].version}{more}"
    wheels = packages.cache_folder() / "wheels"
    there = all((wheels / each.wheel).exists() for each in wanted)
    size = sum(each.size_mb for each in wanted)
    state = CACHED if there else LACKING
    return Download(part, name, "the package index", size, state=state)


def _hub(
    part: str,
    name: str,
    repository: str,
    revision: str | None,
    *,
    declared: float | None,
    patterns: Sequence[str],
    proof: Sequence[str],
    chosen: Callable[[Iterable[str]], set[str]] = set,
) -> Download:
    """What the hub says of some files of a repository; without a hub, what the cache shows.

    Args:
        part: as of ``Download``, and so ``name``.
        name: as said.
        repository: on the hub.
        revision: of it; None is the newest.
        declared: megabytes, where the hub cannot be asked.
        patterns: of the files that may be needed.
        proof: files of which one in the cache shows that the part is there.
        chosen: those of the files that match which are needed.
    """
    origin = f"{HUB} ({repository})"
    try:
        listed = snapshot_download(
            repository, revision=revision, allow_patterns=list(patterns), dry_run=True
        )
    except OSError:  # offline, or no such repository: opening the testbed says which
        found = (try_to_load_from_cache(repository, each, revision=revision) for each in proof)
        there = any(isinstance(each, str) for each in found)
        state = CACHED if there else LACKING
        return Download(part, name, origin, declared, state=state)
    names = chosen(each.filename for each in listed)
    files = [each for each in listed if each.filename in names]
    if not files:
        return Download(part, name, origin, declared, state=LACKING)
    lacking = sum(each.file_size or 0 for each in files if each.will_download)
    size = sum(each.file_size or 0 for each in files)
    state = f"{lacking / MEGABYTE:.4g} MB {LACKING}" if lacking else CACHED
    return Download(part, name, origin, size / MEGABYTE, known=True, state=state)
