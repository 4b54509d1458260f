from __future__ import annotations

import torch

from benchmarks.flops import ModelShape
from benchmarks.random_llama import D_HEAD, D_VOCAB, random_llama
from benchmarks.workload import Workload
from tests.helpers.toys import rng_of


def test_has_the_size_asked_for_and_can_be_swept(tmp_path):
    model = random_llama(tmp_path, d_model=128, n_layers=2)
    assert ModelShape.of(model) == ModelShape(
        n_layers=2,
        d_model=128,
        n_heads=2,
        n_kv_heads=1,
        d_head=D_HEAD,
        d_mlp=320,
        gated=True,
        d_vocab=D_VOCAB,
    )
    ids = torch.randint(D_VOCAB, (3, 5), generator=rng_of(0))
    workload = Workload(model, ids, write_layer=1, points=3)
    curves = workload.run(workload.sweeper(), workload.segments())
    assert curves.l2.shape == (2, 3)
    assert (curves.l2[:, 1:] > 0).all()


def test_the_seed_decides_the_weights(tmp_path):
    def weights(seed: int) -> torch.Tensor:
        made = random_llama(tmp_path, d_model=128, n_layers=1, seed=seed)
        return made.plain.get_input_embeddings().weight

    before = torch.get_rng_state()
    assert torch.equal(weights(3), weights(3))
    assert not torch.equal(weights(3), weights(4))
    assert torch.equal(torch.get_rng_state(), before)
