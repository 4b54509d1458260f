"""Linear layers with their weights laid out for oneDNN: the same product, faster on a CPU.

The layout is made once and serves every point; ``make bench-speed`` shows what a point costs. The
operators are those that ``torch.compile`` lowers frozen CPU models to.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

ROWS = 408
"""Points run at once: memory grows with it, results do not change."""


def packable(weight: Tensor) -> bool:
    """Whether a weight can be laid out: float32 on a CPU, in a build of torch with oneDNN."""
    return (
        weight.dtype == torch.float32
        and weight.device.type == "cpu"
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    )


class PackedLinear(nn.Module):
    """``x @ weight.T + bias`` with ``weight [out, in]`` laid out in advance.

    Args:
        weight: float32 on the CPU; not copied if it cannot be packed.
        bias: ``[out]`` or None.
        rows: rows of ``x`` to expect; only a hint.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, *, rows: int) -> None:
        super().__init__()
        self.weight = weight
        self.bias = bias
        self._layout: Tensor | None = None
        if packable(weight):
            self._layout = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), rows)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``[..., in]`` to ``[..., out]``."""
        if self._layout is None:
            return nn.functional.linear(x, self.weight, self.bias)
        product: Tensor = torch.ops.mkldnn._linear_pointwise(
            x, self._layout, self.bias, "none", [], ""
        )
        return product


def pack(module: nn.Module, *, rows: int) -> None:
    """Replace every ``nn.Linear`` inside ``module`` by a packed one, in place."""
    for name, child in module.named_children():
        if isinstance(child, nn.Linear):
            setattr(module, name, PackedLinear(child.weight, child.bias, rows=rows))
        else:
            pack(child, rows=rows)
