"""Pinned state: settings of the process that change numbers, ours within a block.

A notebook under ``torch.set_grad_enabled(False)``, or a plugin that asks for bfloat16 products,
would change what every row measures. Random states are none of this: nothing here draws from them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch

DEVICES = ("cpu", "cuda", "mps", "xpu")
"""Kinds of device that autocast may be switched on for."""
NUMPY: Any = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
"""How numpy handles floating-point errors in a fresh process."""


class ProcessSetting(NamedTuple):
    """A setting that is read and written by functions of its library."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], object]
    ours: Any


def _products() -> dict[str, Any]:
    """Precision of float32 products, by both of torch's ways to set it, which may disagree."""
    found: dict[str, Any] = {}
    try:
        found["all"] = torch.get_float32_matmul_precision()
    except RuntimeError:  # the newer way was used, and it says more
        found["all"] = "highest"
    for name in ("cuda", "mkldnn"):
        part = getattr(getattr(torch.backends, name), "matmul", None)
        found[name] = getattr(part, "fp32_precision", None)
    found["backends"] = getattr(torch.backends, "fp32_precision", None)
    return found


def _set_products(wanted: dict[str, Any]) -> None:
    if wanted["backends"] is not None:
        torch.backends.fp32_precision = wanted["backends"]  # type: ignore[attr-defined]
    torch.set_float32_matmul_precision(wanted["all"])
    for name in ("cuda", "mkldnn"):
        if wanted[name] is not None:
            getattr(torch.backends, name).matmul.fp32_precision = wanted[name]


def _autocast() -> dict[str, bool]:
    return {name: torch.is_autocast_enabled(name) for name in DEVICES}


def _set_autocast(wanted: dict[str, bool]) -> None:
    for name, enabled in wanted.items():
        if torch.is_autocast_enabled(name) != enabled:
            torch.set_autocast_enabled(name, enabled)


def _deterministic() -> tuple[bool, bool]:
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )


def _set_deterministic(wanted: tuple[bool, bool]) -> None:
    torch.use_deterministic_algorithms(wanted[0], warn_only=wanted[1])


def _anomaly() -> tuple[bool, bool]:
    return torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()


def _set_anomaly(wanted: tuple[bool, bool]) -> None:
    torch.autograd.set_detect_anomaly(*wanted)


def _flushed() -> bool:
    """Whether the processor takes the smallest numbers for zero; torch does not say."""
    smallest = torch.tensor(5e-324, dtype=torch.float64, device="cpu")
    return not bool((smallest + smallest).item())


def _attention() -> tuple[bool, ...]:
    cuda: Any = torch.backends.cuda
    return cuda.flash_sdp_enabled(), cuda.mem_efficient_sdp_enabled(), cuda.math_sdp_enabled()


def _set_attention(wanted: tuple[bool, ...]) -> None:
    cuda: Any = torch.backends.cuda
    cuda.enable_flash_sdp(wanted[0])
    cuda.enable_mem_efficient_sdp(wanted[1])
    cuda.enable_math_sdp(wanted[2])


HIGHEST = {name: found and "none" for name, found in _products().items()} | {"all": "highest"}
"""As in a fresh process; what an older torch does not have is None."""

SETTINGS = (
    ProcessSetting("precision of products", _products, _set_products, HIGHEST),
    ProcessSetting("autocast", _autocast, _set_autocast, dict.fromkeys(DEVICES, False)),
    ProcessSetting("deterministic algorithms", _deterministic, _set_deterministic, (False, False)),
    ProcessSetting(
        "default dtype", torch.get_default_dtype, torch.set_default_dtype, torch.float32
    ),
    ProcessSetting("anomaly detection", _anomaly, _set_anomaly, (False, True)),
    ProcessSetting("flushing of denormals", _flushed, torch.set_flush_denormal, False),
    ProcessSetting("attention kernels", _attention, _set_attention, (True, True, True)),
)
"""What is set for all of a process or thread; gradients and the default device are blocks."""


@contextmanager
def pinned() -> Iterator[None]:
    """Our settings within the block, and those of the caller after it, whatever happened in it.

    Products of float32 in full precision, no autocast, no demand for deterministic algorithms,
    float32 and the CPU where none is named, gradients as in a fresh process, no search for
    anomalies, denormals kept, all kernels of attention, numpy's own handling of errors. Filters of
    warnings are as they are found, and put back. How many threads are used is the caller's affair.
    """
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        stack.enter_context(torch.inference_mode(mode=False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(np.errstate(**NUMPY))
        for each in SETTINGS:
            found = each.read()
            stack.callback(_restore, each, found)
            if found != each.ours:
                each.write(each.ours)
        if torch.get_default_device() != torch.device("cpu"):
            stack.enter_context(torch.device("cpu"))
        yield


@contextmanager
def undone() -> Iterator[None]:
    """``pinned``, for code of others: the number of threads and the default device are put back."""
    threads, device = torch.get_num_threads(), torch.get_default_device()
    with pinned():
        try:
            yield
        finally:
            # Set by a call rather than a block, it lies below the device of an outer block.
            if torch.get_default_device() != torch.device("cpu"):
                torch.set_default_device(None if device == torch.device("cpu") else device)
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)


def _restore(setting: ProcessSetting, found: Any) -> None:
    if setting.read() != found:
        setting.write(found)
