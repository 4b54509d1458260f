from __future__ import annotations

import pytest

from synact_bench.errors import SubjectError
from synact_bench.testbeds import hooks


@pytest.mark.parametrize(
    ("hook_name", "layer"),
    [
        ("blocks.0.hook_resid_pre", 0),
        ("blocks.12.attn.hook_z", 12),
        ("blocks.3.hook_resid_post", 3),
    ],
)
def test_the_layer_of_a_hook_is_in_its_name(hook_name: str, layer: int) -> None:
    assert hooks.layer_of(hook_name) == layer


@pytest.mark.parametrize(
    "hook_name",
    [
        "hook_embed",
        "blocks.hook_resid_pre",
        "blocks.-1.hook_z",
        "blocks.1",
        "blocks.1.",
        "blocks.².x",
    ],
)
def test_a_hook_of_no_block_has_no_layer(hook_name: str) -> None:
    with pytest.raises(SubjectError, match=f"^hook '{hook_name}': is not a hook of a block; name"):
        hooks.layer_of(hook_name)
