"""A generator in a process of its own, which the run asks for everything."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Sequence
from typing import Any, NoReturn

import torch
from pydantic import ValidationError
from torch import Tensor

from synact_bench.core.activations import RealActivations
from synact_bench.core.dictionary import Dictionary
from synact_bench.core.errors import PluginError
from synact_bench.core.setting import Setting
from synact_bench.generators import contract, discovery
from synact_bench.generators.base import GeneratorCard
from synact_bench.generators.output import check_output
from synact_bench.generators.state_size import state_size
from synact_bench.isolation import child, dictionary, script, wire
from synact_bench.isolation.limits import GB, Limits
from synact_bench.isolation.processes import EndedError, LimitError, Process

FIX = "fix the plugin"
ANSWER = 10**6
"""Bytes of the header of what a plugin says: a card, or an error, is the longest."""
_Fitting = tuple[RealActivations, Dictionary, Setting, Tensor]


class Isolated:
    """A plugin's generator: everything it does is done by a process of its own.

    Importing and the first sample share one process; fitting and drawing another, which is started
    again if it is wanted after ``close``.

    Args:
        target: as ``discovery.find`` takes it.
        limits: of its process.

    Attributes:
        target: as given.
        card: its card.
        source_digest: as ``source.source_digest``.

    Raises:
        UnknownNameError: there is no such generator.
        PluginError: it cannot be loaded.
    """

    def __init__(self, target: str, limits: Limits) -> None:
        self.target, self._limits = target, limits
        self._process: Process | None = None
        self._fitted: _Fitting | None = None
        self._tried: list[PluginError] | None = None
        discovery.refuse_unknown(target)
        self.card, self.source_digest = self._load()

    @property
    def where(self) -> str:
        """The generator, as a user knows it."""
        card = getattr(self, "card", None)
        return self.target if card is None else f"generator {card.name!r}"

    def first_sample(self) -> PluginError | None:
        """Why one activation is none, as ``first_sample.refusal``; it is tried once.

        A process that ends says nothing, as an error does; one that does not end is refused.
        """
        if self._tried is None:
            self._tried = []
            try:
                if self._process is None:
                    self._load_again()
                self._ask("first sample", "its first sample")
            except _EndedPluginError:
                pass
            except PluginError as error:
                self._tried.append(error)
            self.close()
        return self._tried[0] if self._tried else None

    def fit(
        self,
        real: RealActivations,
        dictionary: Dictionary,
        setting: Setting,
        *,
        rng: torch.Generator,
    ) -> int:
        """Fit it in a new process; how many numbers it keeps.

        Raises:
            PluginError: it fails, or breaks the contract.
        """
        self._fitted = real, dictionary, setting, rng.get_state()
        return self._fit(*self._fitted)

    def draw(self, n_or_base: int | Tensor, *, rng: torch.Generator) -> Tensor:
        """As ``contract.draw``.

        Raises:
            PluginError: it fails, or breaks the contract.
        """
        assert self._fitted is not None
        real, shown, *_ = self._fitted
        if self._process is None:
            self._fit(*self._fitted)
        base = [n_or_base] if isinstance(n_or_base, Tensor) else []
        shape = contract.rows_of(n_or_base), real.d_model
        _, made = self._ask(
            "draw",
            self.card.method,
            [rng.get_state(), *base],
            asking=shown,
            shape=shape,
            n=shape[0],
        )
        check_output(made[0], shape=shape, where=self.where, doing=self.card.method)
        return made[0]

    def close(self) -> None:
        """End its process."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def _load(self) -> tuple[GeneratorCard, str]:
        self.close()
        self._process = Process(self._limits)
        found, _ = self._ask(
            "load",
            "importing it",
            target=script.elsewhere(self.target),
            environment=child.environment(self._limits.memory, temporary=self._process.folder),
        )
        try:
            card = GeneratorCard.model_validate(found["card"])
            digest = re.fullmatch(r"([0-9a-f]{64})?", found["digest"])
        except (ValidationError, KeyError, TypeError):
            digest = None
        if digest is None:
            self.close()
            raise PluginError("states no valid card", where=self.target, fix=FIX)
        if not digest.group() and discovery.is_card_of_ours(card):
            self.close()
            raise PluginError(
                f"gives the built-in generator {card.name!r} as it is",
                where=self.target,
                fix=f"select it by name: {card.name}",
            )
        return card, digest.group()

    def _load_again(self) -> None:
        """Load it in a new process, where its file is read again: it must be what it was.

        Raises:
            PluginError: it is not, and cells would be stored under what it was.
        """
        card, digest = self._load()
        if (card, digest) != (self.card, self.source_digest):
            self.close()
            edited = digest != self.source_digest
            raise PluginError(
                "its source was edited during the run"
                if edited
                else "states another card each time it is imported",
                where=self.where,
                fix="start the run again" if edited else FIX,
            )

    def _fit(
        self, real: RealActivations, shown: Dictionary, setting: Setting, state: Tensor
    ) -> int:
        self._load_again()
        parts = shown.directions, shown.bias, shown.firing_frequency
        found, _ = self._ask(
            "fit",
            "fit",
            [real.tensor, *parts, state],
            asking=shown,
            documents=list(real.documents),
            setting=dataclasses.asdict(setting),
            held=state_size(shown) - state_size(parts),
        )
        count = found.get("kept")
        if type(count) is not int or count < 0:
            self._broken("fit", "says nothing of what it keeps")
        return count

    def _ask(
        self,
        question: str,
        doing: str,
        given: Sequence[Tensor] = (),
        *,
        asking: Dictionary | None = None,
        shape: tuple[int, int] | None = None,
        **more: Any,
    ) -> wire.Message:
        """The process's answer, its own questions to a dictionary answered before.

        Raises:
            PluginError: as the process says, or it ends, says nothing or something else.
        """
        process = self._process
        assert process is not None
        deadline = time.monotonic() + self._limits.timeout

        def watch() -> None:
            if time.monotonic() > deadline:
                raise _LateError
            process.look()

        def expected(header: dict[str, Any]) -> None:
            if "call" in header:
                self._refuse_large(asking, header["shapes"], header["sizes"])
            # What is no question of its own is an answer, of which the shape is known.
            wanted = [list(shape)] if shape and not {"call", "failed"} & header.keys() else []
            if "call" not in header and header["shapes"] != wanted:
                raise wire.BrokenMessageError(f"numbers of shapes {header['shapes']}")

        try:
            wire.send(process.connection, {"do": question} | more, given, watch=watch)
            while True:
                found = wire.receive(
                    process.connection, watch=watch, expected=expected, longest=ANSWER
                )
                if "call" not in found.header:
                    break
                header, tensors = _answered(asking, found)
                wire.send(process.connection, header, tensors, watch=watch)
            process.show()  # all that it printed before it answered
        except _LateError:
            self._late(doing)
        except LimitError as error:
            self._over(doing, error)
        except EndedError as error:
            self._ended(doing, str(error))
        except EOFError:
            self._ended(doing, process.ended())
        except wire.BrokenMessageError as error:
            self._broken(doing, f"answered with {error}")
        except BaseException:  # of the host, such as an interrupt: the answer would be the next's
            self.close()
            raise
        if "failed" in found.header:
            self.close()
            raise _error(found.header, doing=doing, where=self.where)
        return found

    def _refuse_large(
        self, asking: Dictionary | None, shapes: Sequence[Sequence[int]], sizes: Sequence[int]
    ) -> None:
        """Refuse to make in this process what the plugin's own may not hold.

        Raises:
            LimitError: what it gives a dictionary, or would be given, is too large.
        """
        widest = 0 if asking is None else max(asking.directions.shape)
        made = [
            size // max(shape[-1], 1) * widest
            for shape, size in zip(shapes, sizes, strict=True)
            if shape
        ]
        most = self._limits.most_memory
        if max(sum(sizes), sum(made)) > most:
            what = f"asks its dictionary for more than {most / GB:.3g} GB at once"
            raise LimitError(what, "--plugin-memory")

    def _late(self, doing: str) -> NoReturn:
        self.close()
        raise PluginError(
            f"{doing} did not end within {self._limits.timeout:g} s",
            where=self.where,
            fix=f"{FIX}, or give it more time with --plugin-timeout",
        )

    def _over(self, doing: str, error: LimitError) -> NoReturn:
        self.close()
        more = f", or give it more with {error.option}" if error.option else ""
        raise PluginError(f"{doing} {error}", where=self.where, fix=f"{FIX}{more}")

    def _ended(self, doing: str, how: str) -> NoReturn:
        self.close()
        raise _EndedPluginError(f"{doing} {how}", where=self.where, fix=FIX)

    def _broken(self, doing: str, what: str) -> NoReturn:
        self.close()
        raise PluginError(f"{doing} {what}", where=self.where, fix=FIX)


class _LateError(Exception):
    """The time of a call is over."""


class _EndedPluginError(PluginError):
    """A plugin that ended its process."""


def _answered(
    asking: Dictionary | None, found: wire.Message
) -> tuple[dict[str, Any], list[Tensor]]:
    if asking is None:
        return {"refused": "there is no dictionary yet"}, []
    try:
        return {}, [dictionary.answer(asking, found.header["call"], found.tensors)]
    except Exception as error:  # noqa: BLE001  (told to the plugin, whose question it was)
        return {"refused": contract.said(error)}, []


def _error(header: dict[str, Any], *, doing: str, where: str) -> PluginError:
    """What a plugin's process told of; an error of no place arose in what it was doing.

    It is the plugin's, of whatever kind of this package's errors it was: others would end the run.
    """
    words = header.get("words")
    words = words if isinstance(words, dict) else {}
    what = str(words.get("what", "failed"))
    error = PluginError(
        what if "where" in words else f"{doing} {what}",
        where=str(words.get("where", where)),
        fix=str(words.get("fix", FIX)),
    )
    error.trace = str(header.get("trace", ""))
    return error
