"""What is sent comes out as it went in, or nothing is sent."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
import torch

from synact_bench.isolation import wire

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    here, there = socket.socketpair()
    with here, there:
        yield here, there


@pytest.mark.parametrize("dtype", wire.DTYPES.values(), ids=str)
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3)], ids=str)
def test_a_tensor_comes_out_as_it_went_in(
    dtype: torch.dtype, shape: tuple[int, ...], ends: Ends
) -> None:
    sent = torch.randint(0, 2, shape).to(dtype)
    wire.send(ends[0], {"do": "draw"}, [sent, sent.mT if sent.ndim == 2 else sent])
    header, (found, turned) = wire.receive(ends[1])
    assert header == {"do": "draw"}
    assert found.dtype == dtype
    assert torch.equal(found, sent)
    assert torch.equal(turned, sent.mT if sent.ndim == 2 else sent)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.ones(2, dtype=torch.complex64),
        torch.ones(2, device="meta"),
        torch.eye(2).to_sparse(),
    ],
    ids=["complex", "meta", "sparse"],
)
def test_of_a_message_that_cannot_be_sent_nothing_is(tensor: torch.Tensor, ends: Ends) -> None:
    with pytest.raises(TypeError, match="a dense tensor of floats or integers on the CPU"):
        wire.send(ends[0], {}, [torch.ones(3), tensor])
    wire.send(ends[0], {"next": 1}, [])
    assert wire.receive(ends[1]).header == {"next": 1}
