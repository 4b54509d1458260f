"""A dictionary whose SAE is in the process of the run."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any

import torch
from torch import Tensor

from synact_bench.core.dictionary import Dictionary
from synact_bench.generators.state_size import Elsewhere
from synact_bench.isolation import wire


def remote(
    connection: socket.socket,
    directions: Tensor,
    bias: Tensor,
    firing_frequency: Tensor,
    *,
    held: int,
) -> Dictionary:
    """A dictionary that encodes and decodes by asking the run; gradients flow through both, once.

    Args:
        connection: to the run.
        directions: the dictionary's, ``[d_sae, d_model]``.
        bias: its own, ``[d_model]``.
        firing_frequency: its own, ``[d_sae]``.
        held: numbers in the SAE beside these.
    """
    sae = _Sae(connection, held)
    return Dictionary(sae.encode, sae.decode, directions, bias, firing_frequency)


class _Sae(Elsewhere):
    """The SAE of the run."""

    def __init__(self, connection: socket.socket, numbers: int) -> None:
        super().__init__(numbers)
        self._connection, self._lock, self._process = connection, threading.Lock(), os.getpid()

    def __deepcopy__(self, memo: object) -> _Sae:
        return self

    def encode(self, activations: Tensor) -> Tensor:
        made: Tensor = _asked(activations, self, "encode")
        return made

    def decode(self, latents: Tensor) -> Tensor:
        made: Tensor = _asked(latents, self, "decode")
        return made

    def ask(self, call: str, *given: Tensor) -> Tensor:
        """The run's answer.

        Raises:
            RuntimeError: the SAE cannot take what is given, or another process asks.
        """
        if os.getpid() != self._process:
            raise RuntimeError("the dictionary answers the plugin's own process alone")
        with self._lock:
            wire.send(self._connection, {"call": call}, [each.detach() for each in given])
            header, tensors = wire.receive(self._connection)
        if "refused" in header:
            raise RuntimeError(header["refused"])
        return tensors[0]


class _Gradient(torch.autograd.Function):
    """The gradient of a call, which has none itself."""

    @staticmethod
    def forward(_: Any, given: Tensor, gradient: Tensor, sae: _Sae, call: str) -> Tensor:
        return sae.ask(f"gradient of {call}", given, gradient)

    @staticmethod
    def backward(_: Any, *__: Any) -> Any:
        raise RuntimeError("gradients of the dictionary cannot be differentiated again")


class _Asked(torch.autograd.Function):
    """One call, and its gradient."""

    @staticmethod
    def forward(ctx: Any, given: Tensor, sae: _Sae, call: str) -> Tensor:
        ctx.sae, ctx.call = sae, call
        ctx.save_for_backward(given)
        return sae.ask(call, given)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, None, None]:
        (given,) = ctx.saved_tensors
        # Applied, not asked: as a constant, a second derivative would be wrong without a word.
        return _gradient(given, gradients[0], ctx.sae, ctx.call), None, None


_asked: Any = _Asked.apply
_gradient: Any = _Gradient.apply


def answer(dictionary: Dictionary, call: str, given: list[Tensor]) -> Tensor:
    """What the run answers.

    Raises:
        Exception: the SAE cannot take what is given.
    """
    wanted, _, name = call.rpartition(" ")
    asked = {"encode": dictionary.encode, "decode": dictionary.decode}[name]
    if not wanted:
        with torch.no_grad():
            return asked(given[0])
    point, gradient = given
    with torch.enable_grad():
        made = asked(point.requires_grad_())
    (found,) = torch.autograd.grad(made, point, gradient)
    return found
