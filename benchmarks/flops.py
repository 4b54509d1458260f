"""Floating-point operations that one point of a path cannot do without.

Matrix products only: norms, activation functions, rotations and softmax are left out, as in any
count against a machine's matrix-product rate. A multiplication and its addition count as two.
"""

from __future__ import annotations

from dataclasses import dataclass

from synact_bench.models.language_model import LanguageModel


@dataclass(frozen=True)
class ModelShape:
    """Sizes of a decoder-only transformer.

    Attributes:
        n_layers: blocks.
        d_model: width of the residual stream.
        n_heads: query heads.
        n_kv_heads: key and value heads; fewer than ``n_heads`` if they are shared.
        d_head: width of a head.
        d_mlp: width inside the MLP.
        gated: whether the MLP has a gate beside its input product.
        d_vocab: vocabulary entries.
    """

    n_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_mlp: int
    gated: bool
    d_vocab: int

    @classmethod
    def of(cls, model: LanguageModel) -> ModelShape:
        """Sizes as the model's config states them."""
        config = model.bridge.cfg
        return cls(
            n_layers=config.n_layers,
            d_model=config.d_model,
            n_heads=config.n_heads,
            n_kv_heads=config.n_key_value_heads or config.n_heads,
            d_head=config.d_head,
            d_mlp=config.d_mlp,
            gated=config.gated_mlp,
            d_vocab=config.d_vocab,
        )

    @property
    def products(self) -> list[tuple[int, int]]:
        """Inputs and outputs of each linear map in one block."""
        queries, keys = self.n_heads * self.d_head, self.n_kv_heads * self.d_head
        into_mlp = [(self.d_model, self.d_mlp)] * (2 if self.gated else 1)
        return [
            (self.d_model, queries),
            (self.d_model, keys),
            (self.d_model, keys),
            (queries, self.d_model),
            *into_mlp,
            (self.d_mlp, self.d_model),
        ]

    def point_flop(self, *, write_layer: int, n_ctx: int) -> int:
        """Operations of one token through the blocks from ``write_layer`` on, and unembedding it.

        Args:
            write_layer: first block that sees the point.
            n_ctx: positions that the token attends to, itself included.
        """
        linear = sum(inputs * outputs for inputs, outputs in self.products)
        scores_and_mixing = 2 * self.n_heads * self.d_head * n_ctx
        blocks = self.n_layers - write_layer
        return 2 * (blocks * (linear + scores_and_mixing) + self.d_model * self.d_vocab)
