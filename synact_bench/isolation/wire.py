"""Messages between a run and a plugin's process: a JSON header and the bytes of tensors."""

from __future__ import annotations

import json
import math
import select
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from synact_bench.isolation.processes import TICK

DTYPES = {
    str(each): each
    for each in (
        *(torch.float16, torch.bfloat16, torch.float32, torch.float64),
        *(torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.bool),
    )
}
"""What may be sent."""
LONGEST = 1 << 28
"""Bytes of a header: names of documents are the longest part of one."""
LENGTH = struct.Struct(">Q")


class Message(NamedTuple):
    """What is said, and the tensors that belong to it."""

    header: dict[str, Any]
    tensors: list[Tensor]


class BrokenMessageError(Exception):
    """Something that is no message."""


def send(
    to: socket.socket,
    header: dict[str, Any],
    tensors: Sequence[Tensor] = (),
    *,
    watch: Callable[[], object] = lambda: None,
) -> None:
    """Send a message.

    Args:
        to: the other end.
        header: what JSON can say.
        tensors: dense ones on the CPU.
        watch: called now and then; what it raises ends the sending.

    Raises:
        TypeError: a tensor is none that may be sent; nothing was.
        EOFError: the other end is closed.
    """
    contents = [bytes_of(each) for each in tensors]  # before anything is sent: each may be refused
    shapes = [(str(each.dtype), list(each.shape)) for each in tensors]
    said = json.dumps(header | {"tensors": shapes}).encode()
    _push(to, LENGTH.pack(len(said)) + said, watch)
    for content in contents:
        _push(to, content, watch)


def receive(
    source: socket.socket,
    *,
    watch: Callable[[], object] = lambda: None,
    expected: Callable[[dict[str, Any]], object] = lambda _: None,
    longest: int = LONGEST,
) -> Message:
    """The next message.

    Args:
        source: the other end.
        watch: called now and then; what it raises ends the wait.
        expected: given the header, with ``shapes`` of the tensors and their ``sizes`` in bytes,
            before these are taken; may raise.
        longest: bytes of a header.

    Raises:
        EOFError: the other end is closed.
        BrokenMessageError: what came is no message.
    """
    (length,) = LENGTH.unpack(_pull(source, LENGTH.size, watch))
    if length > longest:
        raise BrokenMessageError(f"a header of {length} bytes")
    try:
        header = json.loads(bytes(_pull(source, length, watch)))
        shapes = [(DTYPES[dtype], _shape(shape)) for dtype, shape in header.pop("tensors")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenMessageError(f"a header that is none: {type(error).__name__}") from error
    sizes = [dtype.itemsize * math.prod(shape) for dtype, shape in shapes]
    expected(header | {"shapes": [shape for _, shape in shapes], "sizes": sizes})
    try:
        tensors = [_pulled(source, dtype, shape, watch) for dtype, shape in shapes]
    except (MemoryError, OverflowError) as error:
        raise BrokenMessageError("more numbers than memory can hold") from error
    return Message(header, tensors)


def bytes_of(tensor: Tensor) -> memoryview:
    """The numbers of a dense tensor on the CPU, in order of its rows.

    Raises:
        TypeError: it is none, or of a dtype that is not in ``DTYPES``.
    """
    dense = tensor.layout is torch.strided and tensor.device.type == "cpu"
    if not dense or str(tensor.dtype) not in DTYPES:
        raise TypeError(
            f"a dense tensor of floats or integers on the CPU is needed, not {tensor.layout} "
            f"{tensor.dtype} on {tensor.device}"
        )
    # As bytes, since numpy lacks bfloat16.
    flat: Any = tensor.detach().contiguous().view(-1).view(torch.uint8).numpy()
    return memoryview(flat)


def _shape(found: object) -> list[int]:
    if not isinstance(found, list) or not all(type(each) is int and each >= 0 for each in found):
        raise ValueError(found)
    return found


def _pulled(
    source: socket.socket, dtype: torch.dtype, shape: list[int], watch: Callable[[], object]
) -> Tensor:
    count = math.prod(shape)
    if not count:
        return torch.empty(shape, dtype=dtype)
    content = _pull(source, count * dtype.itemsize, watch)
    return torch.frombuffer(content, dtype=dtype).reshape(shape)


def _push(to: socket.socket, content: bytes | memoryview, watch: Callable[[], object]) -> None:
    left = memoryview(content)
    while left:
        _wait(to, select.POLLOUT, watch)
        try:
            left = left[to.send(left, socket.MSG_DONTWAIT) :]
        except BlockingIOError:
            continue
        except OSError as error:
            raise EOFError from error


def _pull(source: socket.socket, count: int, watch: Callable[[], object]) -> bytearray:
    content = bytearray(count)
    left = memoryview(content)
    while left:
        _wait(source, select.POLLIN, watch)
        try:
            got = source.recv_into(left, 0, socket.MSG_DONTWAIT)
        except BlockingIOError:
            continue
        except OSError as error:
            raise EOFError from error
        if not got:
            raise EOFError
        left = left[got:]
    return content


def _wait(on: socket.socket, event: int, watch: Callable[[], object]) -> None:
    """Wait until something can be sent or received, or the connection is broken.

    Not by a timeout of the socket, which is an error that a signal handler of the host raises, too.
    """
    ready = select.poll()
    ready.register(on, event)
    watch()
    while not ready.poll(TICK * 1000):
        watch()
