from __future__ import annotations

import pytest
from transformers import (
    BartConfig,
    BloomConfig,
    CohereConfig,
    Gemma3Config,
    Gemma3TextConfig,
    GraniteConfig,
    LlamaConfig,
    MambaConfig,
    MixtralConfig,
    Qwen2MoeConfig,
    Qwen3NextConfig,
    RwkvConfig,
    SiglipVisionConfig,
)

from synact_bench.core.errors import SubjectError
from synact_bench.models.architectures import refuse_unsupported
from tests.helpers.tiny import BUILDERS


@pytest.mark.parametrize("kind", BUILDERS)
def test_what_is_tested_passes(kind):
    refuse_unsupported(BUILDERS[kind]().config, where="tiny")


def seeing() -> Gemma3Config:
    return Gemma3Config(text_config=Gemma3TextConfig(), vision_config=SiglipVisionConfig())


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (BartConfig(), r"\(bart\): it is an encoder-decoder"),
        (seeing(), r"\(gemma3\): it takes more than text in"),
        (MixtralConfig(), r"a mixture of experts \(num_experts is 8\)"),
        (Qwen2MoeConfig(num_experts=5), r"a mixture of experts \(num_experts is 5\)"),
        (Qwen3NextConfig(num_experts=0), "some of its blocks are linear_attention"),
        (MambaConfig(), "some of its blocks are linear_attention"),
        (CohereConfig(), r"its logits are scaled \(logit_scale is 0.0625\)"),
        (GraniteConfig(logits_scaling=8.0), r"its logits are scaled \(logits_scaling is 8.0\)"),
        (RwkvConfig(), "carry a state instead of keys and values"),
        (BloomConfig(), "its attention cannot be replaced in transformers"),
    ],
    ids=lambda value: getattr(value, "model_type", ""),
)
def test_what_is_not_reproduced_is_refused_with_the_reason(config, reason):
    with pytest.raises(SubjectError, match=rf"^some/model .*{reason}.*choose a decoder of text"):
        refuse_unsupported(config, where="some/model")


def test_one_expert_and_a_factor_of_one_are_nothing_special():
    refuse_unsupported(LlamaConfig(num_local_experts=1, logit_scale=1.0), where="x")
