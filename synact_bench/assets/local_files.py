"""A person's own models and SAEs: found on disk, and told apart by their content."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from synact_bench.assets import packages, sae_fields
from synact_bench.core import checksums
from synact_bench.core.checksums import AlteredError
from synact_bench.core.errors import AssetError
from synact_bench.core.untrusted import reading
from synact_bench.core.untrusted.faults import FaultError, fault
from synact_bench.testbeds import spec
from synact_bench.testbeds.sources import LocalModel, LocalSae

GGUF = ".gguf"
WEIGHTS = "*.safetensors"
WHOLE, INDEX = "model.safetensors", "model.safetensors.index.json"
ADAPTER = "adapter_config.json"
BESIDE = (
    *("config.json", "tokenizer*", "vocab*", "merges.txt", "*.model"),
    *("special_tokens_map.json", "added_tokens.json"),
)
"""What decides a model's answer beside its weights."""
SAE_FILES = ("cfg.json", "sae_weights.safetensors")


def local_model(path: Path) -> LocalModel:
    """Declare a folder with safetensors and tokenizer, or a GGUF file.

    Raises:
        AssetError: there is none.
    """
    digest = _digest(_model_files(path))
    # In a hub's cache every file is a link to one of no ending: it keeps the name that was given.
    place = path.resolve() if path.is_dir() else path.parent.resolve() / path.name
    return LocalModel(kind="local", path=str(place), sha256=digest)


def local_sae(folder: Path) -> LocalSae:
    """Declare a folder in sae_lens's format.

    Raises:
        AssetError: it is none.
    """
    digest = _digest(_sae_files(folder))
    return LocalSae(kind="local", path=str(folder.resolve()), sha256=digest)


def sae_config(folder: Path) -> dict[str, Any]:
    """What an SAE's ``cfg.json`` says, with or without a byte-order mark.

    Raises:
        AssetError: it cannot be read, or is no object, or its metadata are none; or it is a shipped
            one that was changed.
    """
    file = folder / SAE_FILES[0]
    try:
        checksums.refuse_altered(file, within=spec.baselines())
        found = reading.parsed(file, most=reading.CONFIG)
        if not isinstance(found, dict) or not isinstance(found.get("metadata") or {}, dict):
            raise FaultError("the config and its metadata are objects")
    except AlteredError as error:
        raise AssetError(str(error), where=str(file), fix="restore the shipped file") from None
    except (OSError, ValueError) as error:
        raise AssetError(
            f"it cannot be read: {fault(error)}",
            where=str(file),
            fix="write it with sae_lens's save_inference_model or save_model",
        ) from None
    return found


def sae_hook(folder: Path) -> str | None:
    """The hook at which an SAE's ``cfg.json`` says that it was trained, by the name it has there.

    Raises:
        AssetError: the config cannot be read.
        SubjectError: it states two hooks.
    """
    return sae_fields.stated(sae_config(folder), where=str(folder)).get("hook_name")


def refuse_shadowed(name: str) -> None:
    """Refuse a hub id that a library would take for a folder of the working directory.

    Raises:
        AssetError: there is such a folder.
    """
    if Path(name).is_dir():
        raise AssetError(
            "the working directory has a folder of this name, which would be read instead",
            where=f"hub id {name}",
            fix="run elsewhere, rename the folder, or declare it as one of this disk",
        )


def verified(source: LocalModel | LocalSae) -> Path:
    """Where a local source is, if its content is still what was declared.

    Raises:
        AssetError: it is missing or was changed.
    """
    path = Path(source.path)
    files = _model_files(path) if isinstance(source, LocalModel) else _sae_files(path)
    found = _digest(files)
    if found != source.sha256:
        raise changed(source.path, found=found, declared=source.sha256)
    return path


def changed(path: str, *, found: str, declared: str) -> AssetError:
    """What is said of a local source whose content is no longer the declared one."""
    return AssetError(
        f"SHA-256 is {found}, the testbed pins {declared}: its content was changed",
        where=path,
        fix="restore it; for the new content, give the testbed a new name and leave sha256 and "
        "the measured facts out",
    )


def adapter(where: str) -> AssetError:
    """What is said of a model beside which there is an adapter."""
    return AssetError(
        f"there is an adapter ({ADAPTER}), which may or may not be applied",
        where=where,
        fix="merge it into the weights (merge_and_unload) and save the model again",
    )


def _model_files(path: Path) -> list[Path]:
    if path.is_file() and path.suffix == GGUF:
        return [path]
    if not path.is_dir():
        raise AssetError(
            "is neither a folder nor a .gguf file" if path.exists() else "no such file or folder",
            where=f"model {path}",
            fix="give a folder with safetensors, a .gguf file, or a hub id",
        )
    if (path / ADAPTER).exists():
        raise adapter(f"model {path}")
    if (path / WHOLE).exists() and (path / INDEX).exists():
        raise AssetError(
            f"the folder holds both {WHOLE} and {INDEX}, which may be two models",
            where=f"model {path}",
            fix="remove the older of the two",
        )
    weights = sorted(path.glob(WEIGHTS))
    if not weights or not (path / "config.json").is_file():
        missing = "config.json" if weights else WEIGHTS
        raise AssetError(
            f"the folder holds no {missing}",
            where=f"model {path}",
            fix="write model and tokenizer into it with save_pretrained, or give a .gguf file",
        )
    beside = (file for name in BESIDE for file in path.glob(name) if not file.is_dir())
    return sorted({*weights, *beside})


def _sae_files(folder: Path) -> list[Path]:
    files = [folder / name for name in SAE_FILES]
    for file in files:
        if not file.is_file():
            raise AssetError(
                f"the folder holds no {file.name}" if folder.is_dir() else "no such folder",
                where=f"SAE {folder}",
                fix="give a folder in sae_lens's format (save_inference_model or save_model), "
                "a sae_lens RELEASE/ID, or pca until one is trained with 'synact-bench train-sae'",
            )
    return files


def _digest(files: list[Path]) -> str:
    """SHA-256 of one file, or over the names and SHA-256 of several."""
    found = {file.name: _sha256(file, file.stat().st_mtime_ns) for file in files}
    if len(found) == 1:
        return next(iter(found.values()))
    lines = "".join(f"{sha256} {name}\n" for name, sha256 in sorted(found.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


@cache
def _sha256(file: Path, modified: int) -> str:  # noqa: ARG001  (a file is read again once changed)
    return packages.sha256(file)
