"""Names of hooks on the residual stream, as TransformerLens calls them."""

from __future__ import annotations

import re

from synact_bench.errors import SubjectError

RESIDUAL = re.compile(r"blocks\.[0-9]+\.hook_resid_(pre|post)")


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

    ``blocks.3.hook_resid_post`` is ``blocks.4.hook_resid_pre``; any other name stays.
    """
    found = RESIDUAL.fullmatch(hook_name)
    if found is None or found[1] == "pre":
        return hook_name
    return f"blocks.{layer_of(hook_name) + 1}.hook_resid_pre"
