"""Names of hooks on the residual stream: TransformerLens's, and what others call the same place."""

from __future__ import annotations

import re

from synact_bench.core.errors import SubjectError

RESIDUAL = re.compile(r"blocks\.[0-9]+\.hook_resid_(pre|post)")

_BRIDGED = re.compile(r"blocks\.(?P<block>[0-9]+)\.hook_(?P<end>resid_pre|resid_post|in|out)")
"""Of a block as TransformerLens names it, in its hooked models and in its bridges."""
_MODULE = re.compile(
    r"((base_model|module|model|language_model|text_model|decoder|transformer|gpt_neox|backbone)\.)*"
    r"(layers|h|blocks)\.(?P<block>[0-9]+)(\.(?P<end>input|output))?"
)
"""A block's module in transformers: alone, it stands for what the block gives.

Modules of an encoder or a vision tower are left out: their blocks are others.
"""
_ENTRANCES = {"resid_pre", "in", "input"}


def layer_of(hook_name: str) -> int:
    """Index of the block that ``hook_name`` belongs to: 4 for ``blocks.4.hook_resid_pre``.

    Raises:
        SubjectError: it is no hook of a block.
    """
    found = re.fullmatch(r"blocks\.([0-9]+)\.\w.*", hook_name)
    if found is None:
        raise SubjectError(
            "is not a hook of a block",
            where=f"hook {hook_name!r}",
            fix="name one such as blocks.4.hook_resid_pre",
        )
    return int(found[1])


def entered(hook_name: str) -> str:
    """A hook's name at the entrance of a block: what one block leaves is what the next enters.

    ``blocks.3.hook_resid_post`` and ``model.layers.3`` are ``blocks.4.hook_resid_pre``; a name of
    another place, or of none that is known, stays.
    """
    found = _BRIDGED.fullmatch(hook_name) or _MODULE.fullmatch(hook_name)
    if found is None:
        return hook_name
    block = int(found["block"]) + (found["end"] not in _ENTRANCES)
    return f"blocks.{block}.hook_resid_pre"
