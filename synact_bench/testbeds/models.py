"""Model weights and tokenizer of a testbed, as plain float32 ``transformers`` objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from synact_bench.errors import AssetError
from synact_bench.testbeds import architectures, assets
from synact_bench.testbeds.spec import HubModel, PackagedModel, RandomModel


def load(source: PackagedModel | RandomModel | HubModel) -> tuple[Any, Any]:
    """The causal language model (eval mode, float32, CPU) and its tokenizer.

    Raises:
        AssetError: the weights cannot be fetched or read.
        SubjectError: the architecture is one that cannot be swept.
    """
    place = source.name if isinstance(source, HubModel) else str(_converted(source))
    revision = {"revision": source.revision} if isinstance(source, HubModel) else {}
    transformers_logging.disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(place, **revision)
        architectures.refuse_unsupported(config, where=place)
        tokenizer = AutoTokenizer.from_pretrained(place, **revision)
        model = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32, **revision)
    except (OSError, RuntimeError, SafetensorError, ValueError) as error:
        fix = (
            "connect to a model hub or fill the local hub cache"
            if isinstance(source, HubModel)
            else "delete the folder and run again: it is made anew from the package"
        )
        raise AssetError(
            f"the model cannot be loaded: {str(error).splitlines()[0]}", where=place, fix=fix
        ) from error
    if isinstance(source, RandomModel):
        model = _reinitialised(model, source.seed)
    return model.eval().requires_grad_(False), tokenizer


def _converted(source: PackagedModel | RandomModel) -> Path:
    """Folder with the dequantised model; made once, since reading the GGUF takes 20 s."""
    path = assets.cache_folder() / "models" / f"{source.package.sha256[:16]}-float32"
    with assets.exclusive(path):
        if not path.is_dir():
            try:
                with assets.folder_made_whole(path) as made:
                    _convert(assets.read_member(source.package, source.member), made)
            except SafetensorError as error:  # how a full disk shows here
                raise AssetError(
                    f"the model cannot be stored: {error}", where=str(path), fix="make room"
                ) from error
    return path


def _convert(gguf: bytes, folder: Path) -> None:
    file = folder / "model.gguf"
    file.write_bytes(gguf)
    quantised = AutoModelForCausalLM.from_pretrained(
        folder, gguf_file=file.name, dtype=torch.float32
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file.name)
    config = quantised.config
    # The weights are plain float32 from here on; left in place, this would ask for the GGUF again.
    del config.quantization_config
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(quantised.state_dict())
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    file.unlink()


def _reinitialised(model: Any, seed: int) -> Any:
    """The same architecture with its own initialisation, from ``seed`` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return AutoModelForCausalLM.from_config(model.config, dtype=torch.float32)
