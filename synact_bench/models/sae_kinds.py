"""Which SAEs can be dictionaries here, brought to decoder rows of unit norm; the others refused."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from synact_bench.assets import local_files
from synact_bench.core.activations import RealActivations
from synact_bench.core.errors import SubjectError
from synact_bench.models import sae_files
from synact_bench.testbeds import hooks
from synact_bench.testbeds.spec import Setup

USED = ("standard", "topk", "jumprelu", "gated")
"""Architectures as sae_lens stores them; batch-top-k and matryoshka SAEs are stored as jumprelu."""
TRAINED = ("batchtopk", "matryoshka_batchtopk")
"""Architectures that exist in training alone."""
SEVERAL = "a transcoder writes at another hook than it reads"
REASONS = {
    "transcoder": SEVERAL,
    "skip_transcoder": SEVERAL,
    "jumprelu_transcoder": SEVERAL,
    "jumprelu_skip_transcoder": SEVERAL,
    "temporal": "its latents of one token depend on the tokens before it",
    "abstopk": "its latents may be negative",
}
FIX = "give a standard, top-k, batch-top-k, jump-ReLU, gated or matryoshka SAE of this hook"


class UnitRows(nn.Module):
    """An SAE whose latent values are scaled by the norms of its decoder rows, which become 1.

    Exact for every SAE that decodes linearly: which latents are active is decided before they are
    scaled. Has what is used of a sae_lens SAE, under the same names.

    Args:
        sae: the SAE as it was trained.
    """

    def __init__(self, sae: Any) -> None:
        super().__init__()
        self.sae, self.cfg = sae, sae.cfg
        self._norms: Tensor = sae.get_W_dec_norm()
        self.W_dec: Tensor = sae.W_dec / self._norms[:, None]
        self.b_dec: Tensor = sae.b_dec

    def encode(self, activations: Tensor) -> Tensor:
        """Latent values ``[n, d_sae]`` of activations ``[n, d_model]``."""
        latents: Tensor = self.sae.encode(activations)
        return latents * self._norms

    def decode(self, latents: Tensor) -> Tensor:
        """Activations ``[n, d_model]`` of latent values ``[n, d_sae]``."""
        activations: Tensor = self.sae.decode(latents / self._norms)
        return activations

    def forward(self, activations: Tensor) -> Tensor:
        """The reconstruction of activations ``[n, d_model]``."""
        return self.decode(self.encode(activations))


def with_unit_rows(sae: Any, *, where: str) -> Any:
    """The SAE with decoder rows of unit norm, the same in every reconstruction.

    A row of zeros stays one: its latent adds nothing, whatever its value.

    Raises:
        SubjectError: it is of a kind that cannot be used; the message has the reason.
    """
    refuse_unfit(sae.cfg, where=where)
    if sae.cfg.architecture() == "topk":
        if not sae.cfg.rescale_acts_by_decoder_norm:
            return UnitRows(sae)  # folded into the encoder, the norms would change the top k
        zeros = int((sae.W_dec == 0).all(dim=-1).sum())
        if zeros:
            raise SubjectError(
                f"it divides latents by the norms of its decoder rows, and {zeros} of them are 0",
                where=f"SAE {where}",
                fix="leave these latents out of its tensors",
            )
    sae.fold_W_dec_norm()
    return sae


def refuse_unfit(config: Any, *, where: str) -> None:
    """Refuse SAEs whose latents do not make up activations of one hook on their own.

    Raises:
        SubjectError: it is one; the message has the reason.
    """
    _refuse_architecture(config.architecture(), where=where)
    if str(config.metadata.hook_name).endswith("hook_z"):
        raise SubjectError(
            "it reads the heads of an attention layer (hook_z)", where=f"SAE {where}", fix=FIX
        )
    scaling = config.normalize_activations
    if scaling in {"layer_norm", "constant_norm_rescale"}:
        raise SubjectError(
            f"it scales every activation by a factor of its own ({scaling}), which latents alone "
            "cannot be decoded without",
            where=f"SAE {where}",
            fix="give one with normalize_activations = none",
        )
    if scaling != "none":
        raise SubjectError(
            f"it was trained on scaled activations ({scaling}), and the scale is not in its files",
            where=f"SAE {where}",
            fix="fold it into the weights (fold_activation_norm_scaling_factor) and save it again",
        )


def refuse_stored(folder: Path) -> None:
    """Refuse a folder whose config says that no SAE in it can be used; nothing is loaded.

    Raises:
        AssetError: its config cannot be read.
        SubjectError: its SAE is still in training, of a kind that cannot be used, or not what it
            would be computed as.
    """
    config = local_files.sae_config(folder)
    kind = config.get("architecture")
    if kind in TRAINED:
        raise SubjectError(
            f"it was saved for further training, as {kind}",
            where=f"SAE {folder}",
            fix="load it with TrainingSAE.load_from_disk and write it with save_inference_model",
        )
    usable(config, where=str(folder))


def usable(config: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """The config as ``sae_files.completed``, if it is of an SAE that can be used.

    Raises:
        SubjectError: it is not, or is not what it would be computed as.
    """
    kind = config.get("architecture")
    if kind is not None:  # sae_lens takes an SAE of no stated architecture for a standard one
        _refuse_architecture(kind, where=where)
    return sae_files.completed(config, where=where)


def _refuse_architecture(kind: object, *, where: str) -> None:
    if kind not in USED:
        reason = REASONS.get(str(kind), "this architecture is not known here")
        raise SubjectError(f"is of architecture {kind}: {reason}", where=f"SAE {where}", fix=FIX)


@contextmanager
def without_advice() -> Iterator[None]:
    """Leave out sae_lens's advice on how to load the model, which a testbed declares."""
    with warnings.catch_warnings():
        advice = r"\s*This SAE has non-empty model_from_pretrained_kwargs"
        warnings.filterwarnings("ignore", message=advice)
        yield


def asks_centred(config: Mapping[str, Any]) -> bool:
    """Whether an SAE's config or metadata says that it was trained on centred writing weights."""
    asked = config.get("model_from_pretrained_kwargs")
    return isinstance(asked, Mapping) and bool(asked.get("center_writing_weights"))


def refuse_misplaced(
    sae: Any, testbed: Setup, pool: RealActivations, *, where: str, centrable: bool = True
) -> None:
    """Refuse an SAE that was trained elsewhere than activations are taken.

    Args:
        sae: a sae_lens SAE.
        testbed: the declaration.
        pool: activations that generators may learn from.
        where: the SAE's name or folder.
        centrable: whether the model's weights may be centred.

    Raises:
        SubjectError: its width, its hook or its model's weights are others; the message has both.
    """
    width = int(sae.W_dec.shape[1])
    if width != pool.d_model:
        raise SubjectError(
            f"it takes activations of width {width}, the model's have {pool.d_model}",
            where=f"SAE {where}",
            fix="give an SAE that was trained on this model",
        )
    metadata = sae.cfg.metadata
    if centrable and testbed.weights == "raw" and asks_centred(metadata.to_dict()):
        raise SubjectError(
            "it was trained on centred writing weights, the testbed's are raw",
            where=f"SAE {where}",
            fix='declare weights = "centred" in a .toml file for --testbed',
        )
    refuse_other_hook(metadata.hook_name, testbed, where=where)


def refuse_other_hook(trained_at: str | None, testbed: Setup, *, where: str) -> None:
    """Refuse an SAE whose config states another hook than the testbed's.

    Without a name nothing but the explained variance tells; whoever runs it is told.

    Raises:
        SubjectError: it does; the message has both.
    """
    if trained_at is not None and hooks.entered(trained_at) != testbed.write_hook:
        raise SubjectError(
            f"it was trained at {trained_at}, activations are taken at {testbed.write_hook}",
            where=f"SAE {where}",
            fix=_elsewhere(trained_at),
        )


def _elsewhere(trained_at: str) -> str:
    """What to do about an SAE of another hook."""
    if hooks.RESIDUAL.fullmatch(hooks.entered(trained_at)):
        known = hooks.RESIDUAL.fullmatch(trained_at)
        hook = trained_at if known else hooks.entered(trained_at)
        return f"give an SAE of this hook, or with --model pass --hook {hook}"
    return (
        "give an SAE of the residual stream; if it is one, call its hook in cfg.json by a name "
        "such as blocks.3.hook_resid_pre or model.layers.2"
    )
