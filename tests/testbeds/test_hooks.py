from __future__ import annotations

import pytest

from synact_bench.core.errors import SubjectError
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


@pytest.mark.parametrize(
    ("hook_name", "entrance"),
    [
        ("blocks.3.hook_resid_pre", 3),
        ("blocks.3.hook_resid_post", 4),
        ("blocks.3.hook_in", 3),
        ("blocks.3.hook_out", 4),
        ("model.layers.3", 4),
        ("model.layers.3.output", 4),
        ("model.layers.3.input", 3),
        ("transformer.h.3", 4),
        ("gpt_neox.layers.3", 4),
        ("model.decoder.layers.3", 4),
        ("model.language_model.layers.3", 4),
        ("base_model.model.model.layers.3", 4),
        ("transformer.blocks.3", 4),
        ("layers.3", 4),
        ("h.11", 12),
        ("blocks.0", 1),
    ],
)
def test_one_place_in_the_residual_stream_has_many_names(hook_name: str, entrance: int) -> None:
    assert hooks.entered(hook_name) == f"blocks.{entrance}.hook_resid_pre"


@pytest.mark.parametrize(
    "hook_name",
    [
        "blocks.3.hook_resid_mid",
        "blocks.3.hook_mlp_out",
        "blocks.3.attn.hook_z",
        "hook_embed",
        "model.layers.3.mlp",
        "model.layers.3.self_attn.o_proj.input",
        "model.vision_tower.encoder.layers.3",
        "model.encoder.layers.3",
        "model.layers.x",
        "layer 3",
        "",
    ],
)
def test_the_name_of_another_place_stays(hook_name: str) -> None:
    assert hooks.entered(hook_name) == hook_name
