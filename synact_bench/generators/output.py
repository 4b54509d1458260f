"""The rules of what a fitted generator returns: a CPU tensor ``[n, d_model]``, float32, finite."""

from __future__ import annotations

import torch
from torch import Tensor

from synact_bench.core.errors import PluginError


def check_output(
    output: object, *, shape: tuple[int, int], where: str, doing: str = "generate"
) -> None:
    """Hold what a generator returned to every rule.

    Args:
        output: what it returned.
        shape: the number of activations asked for, and d_model.
        where: the generator, as a user knows it.
        doing: the method that returned it.

    Raises:
        PluginError: a rule is broken.
    """
    tensor = check_tensor(output, where=where, doing=doing)
    check_shape(tensor, shape=shape, where=where, doing=doing)
    check_dtype(tensor, where=where, doing=doing)
    check_finite(tensor, where=where, doing=doing)


def check_tensor(output: object, *, where: str, doing: str = "generate") -> Tensor:
    """``output``, if it is a dense tensor on the CPU.

    Raises:
        PluginError: it is not.
    """
    if not isinstance(output, Tensor):
        raise _refused(f"a {type(output).__name__}", where, "return a torch.Tensor", doing)
    if output.device.type != "cpu":
        raise _refused(f"a tensor on {output.device}", where, "return it with .cpu()", doing)
    if output.layout != torch.strided:
        raise _refused(f"a {output.layout} tensor", where, "return it with .to_dense()", doing)
    return output


def check_shape(
    output: Tensor, *, shape: tuple[int, int], where: str, doing: str = "generate"
) -> None:
    """Refuse any other shape.

    Raises:
        PluginError: ``output`` has another shape.
    """
    if tuple(output.shape) != shape:
        fix = f"return [n, d_model], here {list(shape)}"
        raise _refused(f"shape {list(output.shape)}", where, fix, doing)


def check_dtype(output: Tensor, *, where: str, doing: str = "generate") -> None:
    """Refuse anything but float32.

    Raises:
        PluginError: ``output`` has another dtype.
    """
    if output.dtype != torch.float32:
        raise _refused(f"dtype {output.dtype}", where, "return it with .float()", doing)


def check_finite(output: Tensor, *, where: str, doing: str = "generate") -> None:
    """Refuse rows with NaN or infinity, or too long for float32.

    Raises:
        PluginError: ``output`` has such a row.
    """
    # A norm is NaN or infinite if a coordinate is, or if the row is too long for float32.
    broken = int((~torch.isfinite(output.norm(dim=-1))).sum())
    if broken:
        what = f"NaN or infinity in {broken} of {len(output)} rows"
        raise _refused(what, where, "return finite numbers only", doing)


def _refused(what: str, where: str, fix: str, doing: str) -> PluginError:
    return PluginError(f"{doing} returned {what}", where=where, fix=fix)
