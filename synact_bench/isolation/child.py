"""What runs in a plugin's process: it answers a run's questions, one after another."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.errors import SynactError
from synact_bench.core.setting import Setting
from synact_bench.generators import contract, discovery
from synact_bench.generators.base import Generator
from synact_bench.generators.plugin_errors import own_traceback
from synact_bench.generators.source import source_digest
from synact_bench.generators.state_size import state_size
from synact_bench.isolation import script, wire
from synact_bench.isolation.dictionary import remote
from synact_bench.isolation.limits import Limits
from synact_bench.isolation.processes import search_path
from synact_bench.testing.first_sample import refusal

Answer = tuple[dict[str, Any], list[Tensor]]
TEMPORARY = ("TMPDIR", "JOBLIB_TEMP_FOLDER")
"""Variables that say where temporary files go; joblib's would be in shared memory."""
LONGEST = 10_000
"""Characters of what is said of an error: a plugin may put anything into one."""


class ChildPlugin:
    """A generator that is asked from another process.

    Args:
        connection: to the run.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._generator: Generator | None = None
        self._shared: tuple[RealActivations, Dictionary] | None = None

    @property
    def generator(self) -> Generator:
        """What was loaded."""
        assert self._generator is not None
        return self._generator

    def load(self, *, target: str, environment: Mapping[str, Any]) -> Answer:
        """Import it and make it; what it is, in the words of a record."""
        os.environ.clear()
        os.environ.update(environment["variables"])
        tempfile.tempdir = None  # it is found anew, among these
        sys.path[:] = environment["path"]
        os.chdir(environment["folder"])
        torch.set_num_threads(environment["threads"])
        Limits(memory=environment["memory"]).apply()
        script.is_plugin()
        self._generator = discovery.find(target)()
        card = self._generator.card
        return {"card": card.model_dump(mode="json"), "digest": source_digest(self.generator)}, []

    def first_sample(self) -> Answer:
        """Say why its first sample is none."""
        refused = refusal(self.generator)
        if refused is not None:
            raise refused
        return {}, []

    def fit(
        self,
        pool: Tensor,
        *parts: Tensor,
        documents: list[str],
        setting: Mapping[str, Any],
        held: int,
    ) -> Answer:
        """Fit it; how many numbers it keeps."""
        *shown, state = parts
        real = RealActivations(pool, tuple(documents))
        dictionary = remote(self._connection, *shown, held=held)
        self._shared = real, dictionary
        contract.fit(self.generator, real, dictionary, Setting(**setting), rng=_rng(state))
        return {"kept": state_size(self.generator)}, []

    def draw(self, state: Tensor, *base: Tensor, n: int) -> Answer:
        """Activations."""
        assert self._shared is not None
        real, dictionary = self._shared
        doing = self.generator.card.method
        with contract.inputs_untouched(self.generator, real, dictionary, doing=doing):
            made = contract.draw(
                self.generator, base[0] if base else n, rng=_rng(state), d_model=real.d_model
            )
        return {}, [made]

    def failed(self, error: BaseException) -> Answer:
        """What is said of an error, whoever raised it."""
        if not isinstance(error, SynactError):
            said = f"raised {contract.said(error)}"
            return {"failed": True, "words": {"what": said}, "trace": ""}, []
        trace = ""
        if self._generator is not None and error.__cause__ is not None:
            trace = own_traceback(error.__cause__, self._generator)
        words = {name: _short(getattr(error, name)) for name in ("what", "where", "fix")}
        return {"failed": True, "words": words, "trace": _short(trace)}, []


QUESTIONS: Mapping[str, Callable[..., Answer]] = MappingProxyType(
    {
        "load": ChildPlugin.load,
        "first sample": ChildPlugin.first_sample,
        "fit": ChildPlugin.fit,
        "draw": ChildPlugin.draw,
    }
)


def serve(connection: socket.socket) -> None:
    """Answer until the run closes the connection."""
    plugin, own = ChildPlugin(connection), os.getpid()
    while True:
        try:
            asked = wire.receive(connection)
        except EOFError:
            return
        try:
            question = QUESTIONS[asked.header.pop("do")]
            header, tensors = question(plugin, *asked.tensors, **asked.header)
        except BaseException as error:  # noqa: BLE001  (whatever a plugin does is its row's failure)
            header, tensors = _told(plugin, error)
        if os.getpid() != own:  # a fork that a plugin made answers nobody
            return
        _flush()
        try:
            wire.send(connection, header, tensors)
        except EOFError:
            return


def _flush() -> None:
    """Show what it printed: its process is ended without a word."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # it may have closed it, or put anything in its place
            stream.flush()


def _told(plugin: ChildPlugin, error: BaseException) -> Answer:
    try:
        return plugin.failed(error)
    except BaseException:  # noqa: BLE001  (an error that cannot even be looked at)
        return {"failed": True, "words": {"what": "raised an error of no words"}}, []


def _short(text: object) -> str:
    return str(text)[-LONGEST:].encode("utf-8", "replace").decode()


def _rng(state: Tensor) -> torch.Generator:
    rng = torch.Generator(device="cpu")
    rng.set_state(state)
    return rng


def environment(memory: int | None, *, temporary: Path) -> dict[str, Any]:
    """What a plugin's process is given of the run's own.

    Args:
        memory: that it may hold.
        temporary: where its temporary files go: it is ended without a word, and removes none.
    """
    try:
        folder = Path.cwd()
    except FileNotFoundError:  # it was deleted
        folder = Path("/")
    return {
        "variables": os.environ | dict.fromkeys(TEMPORARY, str(temporary)),
        "path": search_path(),
        "folder": str(folder),
        "threads": torch.get_num_threads(),
        "memory": memory,
    }
