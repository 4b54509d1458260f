"""Linear layers with their weights laid out for the processor: the same product, faster.

On a CPU the layout is oneDNN's, made once for every point; the operators are those that
``torch.compile`` lowers frozen CPU models to. ``make bench-speed`` shows what a point costs.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.activations import ACT2FN
from transformers.pytorch_utils import Conv1D

from synact_bench.core.precision import Precision

ROWS = 1536
"""Points run at once on a CPU: memory grows with it, results change by float32 rounding alone."""


def packable(weight: Tensor) -> bool:
    """Whether a weight can be laid out: on a CPU that has its dtype, in a build with oneDNN."""
    if weight.device.type != "cpu" or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    if weight.dtype == torch.bfloat16:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return weight.dtype == torch.float32


class PackedLinear(nn.Module):
    """``x @ weight.T + bias`` with ``weight [out, in]`` laid out in advance, as a copy.

    Args:
        weight: kept as it is if it cannot be packed and is used in its own precision.
        bias: ``[out]`` or None.
        rows: rows of ``x`` to expect; only a hint.
        precision: of the product's operands.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor | None, *, rows: int, precision: Precision = "float32"
    ) -> None:
        super().__init__()
        own = weight if precision == "float32" else weight.bfloat16()
        self.dtype = own.dtype
        self.bias = bias if bias is None else bias.to(self.dtype)
        self.weight: Tensor | None = None
        self.layout: Tensor | None = None
        if packable(own):
            self.layout = torch.ops.mkldnn._reorder_linear_weight(own.detach().contiguous(), rows)
        else:
            self.weight = own

    def forward(self, x: Tensor) -> Tensor:
        """Map ``[..., in]`` to ``[..., out]`` of the same dtype."""
        operand = x.to(self.dtype)
        if self.weight is not None:
            return functional.linear(operand, self.weight, self.bias).to(x.dtype)
        product: Tensor = torch.ops.mkldnn._linear_pointwise(
            operand, self.layout, self.bias, "none", [], ""
        )
        return product.to(x.dtype)


class PackedGate(nn.Module):
    """``silu(gate(x)) * up(x)``, both taken while the products are still in the cache.

    Args:
        gate: packed.
        up: packed, of the same shape.
    """

    def __init__(self, gate: PackedLinear, up: PackedLinear) -> None:
        super().__init__()
        self.gate = gate
        self.up = up

    def forward(self, x: Tensor) -> Tensor:
        """Map ``[..., in]`` to ``[..., out]`` in the precision of the products."""
        operand = x.to(self.gate.dtype)
        if self.gate.layout is None or self.up.layout is None:
            gated: Tensor = functional.silu(self.gate(operand)) * self.up(operand)
            return gated
        product = torch.ops.mkldnn._linear_pointwise
        gates = product(operand, self.gate.layout, self.gate.bias, "swish", [], "")
        # The binary form takes its two operands as matrices.
        flat = operand.flatten(0, -2), gates.flatten(0, -2)
        both: Tensor = product.binary(*flat, self.up.layout, self.up.bias, "mul")
        return both.view(gates.shape)


class PackedGatedMLP(nn.Module):
    """``down(silu(gate(x)) * up(x))``: the MLP of Llama, Qwen and their kin."""

    def __init__(self, gate: PackedLinear, up: PackedLinear, down: PackedLinear) -> None:
        super().__init__()
        self.hidden = PackedGate(gate, up)
        self.down = down

    def forward(self, x: Tensor) -> Tensor:
        """Map ``[..., d_model]`` to the same."""
        output: Tensor = self.down(self.hidden(x)).to(x.dtype)
        return output


def pack(module: nn.Module, *, rows: int, precision: Precision = "float32") -> None:
    """Replace every linear layer inside ``module`` by a packed one, gated MLPs whole, in place."""
    for name, child in module.named_children():
        if isinstance(child, (nn.Linear, Conv1D)):
            # GPT-2's Conv1D is a linear layer that stores its weight the other way round.
            weight = child.weight if isinstance(child, nn.Linear) else child.weight.T
            layer = PackedLinear(weight, child.bias, rows=rows, precision=precision)
            setattr(module, name, layer)
            continue
        pack(child, rows=rows, precision=precision)
        projections = _projections(child)
        if projections:
            setattr(module, name, PackedGatedMLP(*projections))


def _projections(module: nn.Module) -> list[PackedLinear]:
    """Gate, up and down of a module that is these three around a SiLU; else nothing."""
    children = dict(module.named_children())
    activation = children.pop("act_fn", None)
    named = [children.pop(name, None) for name in ("gate_proj", "up_proj", "down_proj")]
    packed = [each for each in named if isinstance(each, PackedLinear)]
    gated = isinstance(activation, (nn.SiLU, type(ACT2FN["silu"])))
    return packed if gated and len(packed) == len(named) and not children else []
