"""What a generator may be told of the testbed that it is fitted for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Site:
    """Where the activations of a testbed come from, as its declaration says.

    Attributes:
        model: name of the model: a hub id, a file, or a package with its version.
        revision: of a hub model; a SHA-256 of what any other was read from, and the seed where its
            weights are random.
        hook_name: where activations are taken and written, ``blocks.L.hook_resid_pre``.
        n_ctx: tokens of a prompt, a beginning-of-sequence token among them.
        position: index in a prompt of the token whose activation is taken, counted from 0.
        bos: whether every prompt begins with the tokenizer's beginning-of-sequence token.
        centred: whether activations have their mean coordinate removed, as TransformerLens's
            centred writing weights leave them.
    """

    model: str
    revision: str
    hook_name: str
    n_ctx: int
    position: int
    bos: bool
    centred: bool


@dataclass(frozen=True)
class Setting(Site):
    """A site in a model that is open, in TransformerLens's terms.

    Nothing of the test documents, no token ids and no text: enough for a pretrained generator to
    choose the weights of its layer, or to refuse a testbed that it was not made for.

    Attributes:
        layer: L, the first block that sees a written activation, counted from 0.
        n_layers: blocks of the model.
        d_model: width of the residual stream.
    """

    layer: int
    n_layers: int
    d_model: int

    @property
    def depth(self) -> float:
        """Share of the blocks that lie before the hook, 0 to 1."""
        return self.layer / self.n_layers
