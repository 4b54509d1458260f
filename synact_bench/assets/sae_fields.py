"""Fields of an SAE's ``cfg.json`` by one name each, whichever version of sae_lens wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from synact_bench.core.errors import SubjectError

RENAMED = {
    "hook_point": "hook_name",
    "hook_point_head_index": "hook_head_index",
    "activation_fn_str": "activation_fn",
}
"""Present names of fields that were called otherwise."""
PLACED = ("hook_name", "hook_head_index", "model_from_pretrained_kwargs", "sae_lens_version")
"""Fields of ``metadata`` that decide something; before sae_lens 6 they stood beside the others."""


def stated(config: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """Every field that is not null, by its present name; those of ``PLACED`` from either place.

    Args:
        config: what ``cfg.json`` says.
        where: the SAE's name or folder.

    Raises:
        SubjectError: a field is stated twice, and differently.
    """
    found: dict[str, Any] = {}
    for name, value in _fields(config):
        known = RENAMED.get(name, name)
        if value is None:
            continue
        if known in found and found[known] != value:
            raise SubjectError(
                f"its config states {known} twice, as {found[known]!r} and as {value!r}",
                where=f"SAE {where}",
                fix="leave the wrong one out of cfg.json",
            )
        found[known] = value
    return found


def _fields(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    metadata = config.get("metadata") or {}
    yield from ((name, metadata[name]) for name in PLACED if name in metadata)
    yield from ((name, value) for name, value in config.items() if name != "metadata")
