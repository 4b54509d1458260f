"""The sweep: many paths through the model, many points at a time."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synact_bench.core.curves import Curves
from synact_bench.core.errors import SubjectError
from synact_bench.core.precision import Precision
from synact_bench.engine import refinement
from synact_bench.engine.batching import Rows
from synact_bench.engine.divergence import KlReference, Unembedding, kl_from, kl_from_first
from synact_bench.engine.kv_cache import Context, Contexts
from synact_bench.engine.reference_impl import naive_curves
from synact_bench.engine.refinement import Sought
from synact_bench.engine.suffix import Suffix, foreign_refused
from synact_bench.models.language_model import LanguageModel
from synact_bench.testbeds.hooks import layer_of

STARTS = 16
"""Blocks of paths whose first points are remembered."""

TOLERANCE = {"float32": (1e-4, 1e-3), "mixed": (0.1, 0.1)}
"""By precision: what l2 (as a share of the largest) and kl may differ from the naive run."""


class PathSet(Protocol):
    """Geometry of many paths: what the engine needs of it."""

    def __len__(self) -> int:
        """Number of paths."""

    def __getitem__(self, rows: slice | Tensor) -> PathSet:
        """The paths at ``rows``."""

    def points(self, fractions: Tensor) -> Tensor:
        """Points ``[paths, n, d_model]`` at ``fractions`` ``[n]`` or ``[paths, n]``."""


@dataclass(frozen=True, eq=False)
class _Start:
    """The model's answer to each path's first point, ``[paths, d_model]`` each.

    Attributes:
        residual: at the read hook.
        final: what is unembedded.
        mean_row: as in ``KlReference``.
    """

    residual: Tensor
    final: Tensor
    mean_row: Tensor


@dataclass(frozen=True, eq=False)
class _Block:
    """Paths that are run together, and what is known of their curves, ``[paths, points]``."""

    paths: PathSet
    fractions: Tensor
    context: Context
    start: _Start
    reference: KlReference
    l2: NDArray[Any]
    kl: NDArray[Any]
    measured: NDArray[np.bool_]


_Known: TypeAlias = tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]
"""l2, kl and which of their points were run, ``[paths, points]`` each."""


def _rows_of(known: Curves | None, rows: slice) -> _Known | None:
    return None if known is None else (known.l2[rows], known.kl[rows], known.run[rows])


class Sweeper:
    """Runs paths on a fixed set of prompts.

    Args:
        model: the language model; it is run where its weights are.
        ids: prompts, ``[prompts, n_ctx]`` int64.
        write_hook: ``blocks.L.hook_resid_pre``.
        read_hook: ``blocks.M.hook_resid_post``; read at the last position.
        position: index in a prompt of the token that is written, not the first.
        precision: of the blocks' matrix products.
        rows: points run at once; None for what suits the device.

    Raises:
        SubjectError: the model's architecture is not supported, which is found out by comparing
            a few points with the naive run of the whole prompt.
    """

    def __init__(
        self,
        model: LanguageModel,
        ids: Tensor,
        *,
        write_hook: str,
        read_hook: str,
        position: int = -1,
        precision: Precision = "float32",
        rows: int | None = None,
    ) -> None:
        n_ctx = ids.shape[1]
        self._position = range(n_ctx)[position]
        with foreign_refused(model):
            self._runner = Suffix(
                model,
                position=self._position,
                write_layer=layer_of(write_hook),
                read_layer=layer_of(read_hook),
                precision=precision,
            )
        self._device = model.device
        tokens = n_ctx - self._position
        self._rows = Rows.fitting(model, tokens=tokens) if rows is None else Rows(rows)
        self._contexts = Contexts(self._runner.context, ids)
        self._starts: OrderedDict[bytes, _Start] = OrderedDict()
        self._check(model, ids[:1], (write_hook, read_hook), precision)

    @torch.inference_mode()
    def curves(
        self,
        prompts: Sequence[int],
        paths: PathSet,
        fractions: Tensor,
        *,
        sought: Sought | None = None,
        known: Curves | None = None,
        advance: Callable[[int], object] = lambda _: None,
    ) -> Curves:
        """Sweep each path on its prompt.

        Args:
            prompts: row of ``ids`` for each path.
            paths: as many paths.
            fractions: positions along the paths, ``[points]``, the first of them 0; evenly
                spaced if ``sought`` is given.
            sought: what the curves are measured for: points that cannot matter are interpolated.
                None runs every point.
            known: curves of the same paths on the same points, of which some were run: they are
                taken as they are. Without ``sought`` they count only if every point was.
            advance: told the number of points done after each block of some hundred paths; those
                interpolated count.
        """
        whole = torch.linspace(0, 1, len(fractions)).to(fractions)
        if sought is not None and not torch.allclose(fractions, whole, rtol=0, atol=1e-6):
            raise ValueError("only an evenly spaced grid can be refined")
        parts = []
        for rows in self._blocks(len(paths)):
            # Gone before the next block is opened.
            block = self._opened(prompts[rows], paths[rows], fractions)
            parts.append(self._run(block, sought, _rows_of(known, rows)))
            del block
            advance(parts[-1][0].size)
        none = np.empty((0, len(fractions)), np.float32)
        l2, kl, measured = zip(*parts, strict=True) if parts else ([none],) * 3
        return Curves(
            fractions=fractions.double().numpy(),
            l2=np.concatenate(l2),
            kl=np.concatenate(kl),
            measured=None if sought is None else np.concatenate(measured).astype(bool),
        )

    @torch.inference_mode()
    def answers(self, activations: Tensor, take: Callable[[range, Tensor], object]) -> None:
        """Run every prompt with one activation written into it.

        Args:
            activations: of each prompt, ``[prompts, d_model]``.
            take: given some prompts, and what is unembedded of them at the written position and at
                each later one, ``[their number, positions, d_model]`` on the model's device.
        """

        def answer(groups: range, _: range) -> None:
            rows = torch.arange(len(groups), device=self._device)
            points = activations[groups.start : groups.stop, None].to(self._device)
            take(groups, self._runner.answered(points, self._contexts.of(groups), rows)[:, 0])

        held = max(1, self._rows.held // self._contexts.bytes_each)
        for start in range(0, len(activations), held):
            part = range(start, min(start + held, len(activations)))
            self._rows.each(part, range(1), answer)

    @property
    def at_once(self) -> int:
        """Points that are run at once: fewer than at first where a device ran out of memory."""
        return self._rows.size

    @property
    def unembedding(self) -> Unembedding:
        """The map to logits of what ``answers`` hands on."""
        return self._runner.unembedding

    def _blocks(self, paths: int) -> Iterator[slice]:
        """Paths that are refined together, in blocks of about equal size."""
        unembedding = self._runner.unembedding
        known = 4 * len(unembedding.weight) * (1 if unembedding.softcap is None else 2)
        each = self._contexts.bytes_each + known
        most = max(1, min(self._rows.size // refinement.AT_ONCE, self._rows.held // each))
        edges = np.linspace(0, paths, -(-paths // most) + 1).round().astype(int).tolist()
        return (slice(*pair) for pair in pairwise(edges) if paths)

    def _opened(self, prompts: Sequence[int], paths: PathSet, fractions: Tensor) -> _Block:
        """A block with its first points answered."""
        context = self._contexts.of(prompts)
        start, reference = self._start(prompts, paths.points(fractions[:1]), context)
        shape = (len(paths), len(fractions))
        l2, kl = (np.zeros(shape, start.final[:0].cpu().numpy().dtype) for _ in range(2))
        measured = np.zeros(shape, np.bool_)
        measured[:, 0] = True
        return _Block(paths, fractions, context, start, reference, l2, kl, measured)

    def _run(
        self, block: _Block, sought: Sought | None, known: _Known | None
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
        """l2, kl and which of their points were run rather than interpolated."""
        l2, kl, measured = block.l2, block.kl, block.measured
        paths, points = measured.shape
        first = np.arange(points) if sought is None else refinement.coarse(points, sought.always)
        if known is not None and (sought is not None or known[2].all()):
            l2[:], kl[:], measured[:] = known
        else:
            self._ask(block, np.broadcast_to(first[1:], (paths, len(first) - 1)))
        if sought is None:
            return l2, kl, measured
        ask = partial(self._ask, block)
        full_l2, full_kl = refinement.refined(l2, kl, measured, sought, ask)
        return full_l2.astype(l2.dtype), full_kl.astype(kl.dtype), measured

    def _ask(self, block: _Block, wanted: NDArray[np.intp]) -> None:
        """Run points ``[paths, n]`` of a block; a path whose first is -1 wants none."""
        active = np.flatnonzero(wanted[:, 0] >= 0)
        work = partial(self._answer, block, active, wanted[active])
        self._rows.each(range(len(active)), range(wanted.shape[1]), work)

    def _answer(
        self,
        block: _Block,
        active: NDArray[np.intp],
        wanted: NDArray[np.intp],
        groups: range,
        columns: range,
    ) -> None:
        """Run some of the points ``wanted [active, n]`` and put what they give into the block."""
        paths, points = active[groups], wanted[groups][:, columns]
        rows = torch.from_numpy(paths)
        along = block.paths[rows].points(block.fractions[torch.from_numpy(points)])
        rows = rows.to(self._device)
        residual, final = self._through_model(along, block.context, rows)
        distance = (residual - block.start.residual[rows, None]).norm(dim=-1)
        divergence = kl_from(block.reference, rows, final, self._runner.unembedding)
        place = (paths[:, None], points)
        block.l2[place], block.kl[place] = distance.cpu().numpy(), divergence.cpu().numpy()
        block.measured[place] = True

    def _through_model(
        self, points: Tensor, context: Context, rows: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Residual stream and final norm of ``points``, each group in one of the contexts."""
        return self._runner.run(points.to(self._device), context, rows)

    def _start(
        self, prompts: Sequence[int], points: Tensor, context: Context
    ) -> tuple[_Start, KlReference]:
        """The answers to the first points ``[paths, 1, d_model]``, remembered for a while.

        All paths of an experiment on targets start at the prompts' own activations. A block is
        remembered whole, so that what is remembered is to the bit what would be computed.
        """
        named = repr(list(prompts)).encode()
        key = hashlib.sha256(points.numpy().tobytes() + named).digest()
        unembedding = self._runner.unembedding
        if (known := self._starts.get(key)) is not None:
            self._starts.move_to_end(key)
            return known, KlReference.at(known.final, unembedding, mean_row=known.mean_row)
        residual, final = (points[:, 0].to(self._device, copy=True) for _ in range(2))

        def answer(groups: range, _: range) -> None:
            rows = torch.tensor(groups, device=self._device)
            answered = self._through_model(points[groups.start : groups.stop], context, rows)
            residual[rows], final[rows] = (each[:, 0] for each in answered)

        self._rows.each(range(len(points)), range(1), answer)
        reference = KlReference.at(final, unembedding)
        start = self._starts[key] = _Start(residual, final, reference.mean_row)
        if len(self._starts) > STARTS:
            self._starts.popitem(last=False)
        return start, reference

    @torch.inference_mode()
    def _check(
        self, model: LanguageModel, ids: Tensor, hooks: tuple[str, str], precision: Precision
    ) -> None:
        """Compare with the naive run on one short path, away from steep steps."""
        write_hook, read_hook = hooks
        base = model.capture(ids, write_hook)[:, self._position]
        points = torch.stack([base, base * 1.2, -base], dim=1)
        first = torch.zeros(1, dtype=torch.int64, device=self._device)
        with foreign_refused(model):
            residual, final = self._through_model(points, self._contexts.of([0]), first)
        l2 = (residual - residual[:, :1]).norm(dim=-1).cpu()
        kl = kl_from_first(final, self._runner.unembedding).cpu()
        true_l2, true_kl = naive_curves(
            model,
            ids,
            points,
            write_hook=write_hook,
            read_hook=read_hook,
            position=self._position,
        )
        far, apart = TOLERANCE[precision]
        if not (
            np.allclose(l2, true_l2, rtol=0, atol=far * float(true_l2.max()))
            and np.allclose(kl, true_kl, rtol=apart, atol=apart)
        ):
            raise SubjectError(
                f"the fast sweep disagrees with the naive run (l2 {l2.tolist()} against "
                f"{true_l2.tolist()})",
                where=str(model.plain.config.model_type),
                fix="this architecture is not supported",
            )
