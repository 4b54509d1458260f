"""The result of an evaluation: one row of a board, with its numbers, curves and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, overload

from synact_bench.core.curves import Curves
from synact_bench.core.errors import SynactError, UnknownNameError
from synact_bench.evaluation import frames, html_page
from synact_bench.evaluation.picture import Picture, choice, compared_picture, picture
from synact_bench.evaluation.score import Score, summary
from synact_bench.reports.archive import part
from synact_bench.reports.board import Board, BoardRow, scored
from synact_bench.reports.comparable import Cells, arrange
from synact_bench.reports.confidence import too_few
from synact_bench.reports.overlay import lines_of, overlay, refuse_unmeasured
from synact_bench.reports.verdicts import verdict
from synact_bench.results.store import Cell

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was measured of one generator.

    Attributes:
        row: its row of the board, with everything that the board says about it.
        board: the whole board: controls, and built-in rows that were stored already.
        cells: the board's cells, by experiment and path, then by row.
        folder: where cells, LEADERBOARD.md, scores.json and figures are.
    """

    row: BoardRow
    board: Board
    cells: Cells
    folder: Path

    @classmethod
    def of(cls, name: str, board: Board, cells: Iterable[Cell], *, folder: Path) -> Evaluation:
        """The result of the row called ``name``.

        Raises:
            SynactError: the board has no such row.
        """
        rows = {row.name: row for row in board.rows}
        if name not in rows:
            raise SynactError(
                f"the board has no row {name!r}",
                where=str(folder),
                fix=f"evaluate one of: {', '.join(rows)}",
            )
        return cls(rows[name], board, scored(arrange(part(cells)[0])), folder)

    @property
    def name(self) -> str:
        """Name of the row."""
        return self.row.name

    @property
    def scores(self) -> dict[str, Score]:
        """Realism overall, by experiment and by part: 1 is real, 0 Gaussian.

        Of too few documents none has a number, and each says so.
        """
        found, few = summary(self.row.score), too_few(self.board)
        return found if few is None else {name: each.without(few) for name, each in found.items()}

    @property
    def verdict(self) -> str:
        """What the board says of it, in a sentence or two."""
        return verdict(self.row, self.board)

    @property
    def curves(self) -> Mapping[tuple[str, str], Curves]:
        """Curves by experiment and path, e.g. ``result.curves["plateau", "scaled"]``.

        ``run`` and ``interpolated`` of each say which points went through the model, and which were
        filled in between them.
        """
        return {
            (name.experiment, name.path): rows[self.name].table.curves
            for name, rows in self.cells.items()
            if self.name in rows
        }

    def to_frame(self) -> pd.DataFrame:
        """A line for each experiment, path and named metric: beside real, and how far from it.

        ``real_mean`` stands beside ``mean``, and ``shift`` is the one less the other, so that the
        direction of an error is seen. ``interpolated_share`` says how much of the curves behind it
        was interpolated.
        """
        return frames.scores(self.row, self.cells)

    def conventional_frame(self) -> pd.DataFrame:
        """A line for each conventional measure, with its 95 % interval; none in older cells.

        What the field reports of activations: Fréchet distance, KL and loss at full substitution.
        ``real`` is the mean of the draws of real activations.
        """
        return frames.conventional(self.board, self.name)

    def paths_frame(self) -> pd.DataFrame:
        """A line for each path of each cell: what its table holds but the curves, and its metrics.

        ``experiment`` and ``path`` come first. A metric has a column of its name, NaN where it is
        undefined, the cell has no such metric or the base is not refined, and one ending in
        ``.censored``. ``points_run`` and ``interpolated`` count points of the path's curve.
        """
        return frames.paths(self.cells, self.name)

    @overload
    def plot(
        self,
        compare: Sequence[str] = (),
        *,
        path: str | None = None,
        metric: str | None = None,
        ax: None = None,
    ) -> Picture: ...

    @overload
    def plot(
        self,
        compare: Sequence[str] = (),
        *,
        path: str | None = None,
        metric: str | None = None,
        ax: Axes,
    ) -> Axes: ...

    def plot(
        self,
        compare: Sequence[str] = (),
        *,
        path: str | None = None,
        metric: str | None = None,
        ax: Axes | None = None,
    ) -> Picture | Axes:
        """A matplotlib figure: mean curves and their 10-90 % bands, before those of real.

        Args:
            compare: names of further rows of the board, drawn beside this one; of rows that stand
                beside each other the means alone.
            path: ``scaled``, or ``plateau/scaled``; by default those that the board draws.
            metric: ``l2``, ``kl``, or a metric of single paths, of which a histogram is drawn; by
                default both curves.
            ax: axes to draw onto instead, in the user's own style; by default l2 on the first path.

        Returns:
            A new figure, or ``ax``.

        Raises:
            UnknownNameError: there is no such row, path or metric.
            SynactError: a row was not measured there, or there are more than can be told apart.
        """
        known = {name for rows in self.cells.values() for name in rows}
        for name in compare:
            if name not in known:
                raise UnknownNameError("row", name, known)
        names = (self.name, *compare)
        if ax is None:
            if len(names) == 1 and path is metric is None:
                return picture(self.row, self.cells)
            return compared_picture(self.cells, names, path=path, metric=metric)
        cell, chosen = choice(self.cells, names, path=path, metric=metric)[0]
        refuse_unmeasured(self.cells, [cell], names)
        shown = overlay(ax, self.cells, cell, chosen, names)
        ax.legend(handles=lines_of(shown), frameon=False)
        return ax

    def to_latex(self, compare: Sequence[str] = ()) -> str:
        """Its line of the board as a LaTeX table, with those of further rows in the board's order.

        It needs the package booktabs.

        Raises:
            UnknownNameError: there is no such row.
        """
        return self.board.to_latex((self.name, *compare))

    def __repr__(self) -> str:
        setting = self.board.setting
        said = ", ".join(f"{name} {score}" for name, score in self.scores.items())
        if not self.board.replicates:  # too few documents for a number to say anything
            said = self.verdict
        return f"<Evaluation of {self.name} on {setting.testbed}, {setting.preset}: {said}>"

    def _repr_html_(self) -> str:
        return html_page.page(self.row, self.board, self.scores, self.plot())
