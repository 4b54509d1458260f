"""Separation as a page to read."""

from __future__ import annotations

from collections.abc import Sequence

from synact_bench.audit.separation import OrderedPair, PathPlace, Separation
from synact_bench.reports import formatting
from synact_bench.scoring import CellName

NOTE = """\
Does a path that no score is made of tell rows apart that the scored paths do not? Realism on one
path alone: 1 real, 0 as Gaussian samples, in brackets the 95 % interval over documents; ≈: cannot
be told from real (5 %). *told*: of 100 pairs of a row's curve and a real one of the same base, in
how many a classifier finds the real one (the paired area under the ROC curve): 50 cannot tell. A
pair of rows is *decided* where one is significantly nearer to real, Holm-adjusted over the pairs;
*MDE*: difference that a comparison of two rows alone finds with probability 0.8."""

NOTHING = """\
No path beside the scored ones was measured on enough documents: measure some with
'synact-bench run --preset quick --diagnostic', rows named by --generator among them."""


def page(separations: Sequence[Separation]) -> str:
    """The whole page, in Markdown."""
    parts = ["# Straight lines questioned", NOTE]
    for each in separations:
        parts += [f"## {each.path.path} in {each.path.experiment}", _verdict(each)]
        parts += [_resolutions(each), *_lists(each), _places(each)]
    return "\n\n".join(parts if separations else [*parts, NOTHING]) + "\n"


def _verdict(found: Separation) -> str:
    before, after = (len(each.decided) for each in (found.before, found.after))
    alone = len(found.alone[found.path].decided)
    said = "separates" if found.separates else "does not separate"
    return (
        f"**{found.path.path} {said}**: of {found.pairs} pairs of rows it decides {alone}, "
        f"{len(found.gained)} of them by no scored path or their mean; the mean of the scored "
        f"paths decides {before}, with it {after}."
    )


def _resolutions(found: Separation) -> str:
    rows = [
        [_name(cell, found), str(len(each.decided)), formatting.measure(each.detectable)]
        for cell, each in found.alone.items()
    ]
    rows += [
        [name, str(len(each.decided)), formatting.measure(each.detectable)]
        for name, each in (("mean of scored", found.before), ("mean with it", found.after))
    ]
    return formatting.table(["path", f"decided of {found.pairs}", "MDE"], rows, left=1)


def _lists(found: Separation) -> list[str]:
    said = {
        "Decided by it alone": found.gained,
        "Decided by the scored paths, and no more with it": found.lost,
        "Ordered otherwise by the scored paths": found.turned,
    }
    lines = [f"- {what}: {_pairs(pairs)}" for what, pairs in said.items() if pairs]
    return ["\n".join(lines)] if lines else []


def _pairs(pairs: Sequence[OrderedPair]) -> str:
    """The nearer to real first."""
    return ", ".join(
        f"{formatting.escape(one)} above {formatting.escape(two)}" for one, two in pairs
    )


def _places(found: Separation) -> str:
    def nearest(row: str) -> float:
        return -(found.places[found.path][row].realism.value or 0.0)

    headers = ["row"]
    for cell in found.places:
        headers += [f"{cell.path} ↑", "told"]
    rows = [
        [
            formatting.escape(row),
            *(text for own in found.places.values() for text in _shown(own[row])),
        ]
        for row in sorted(found.rows, key=nearest)
    ]
    return formatting.table(headers, rows, left=1)


def _shown(place: PathPlace) -> tuple[str, str]:
    mark = "" if place.told else " ≈"
    judge = "" if place.judge is None else f"{100 * place.judge.told:.0f}"
    return formatting.bounded(place.realism) + mark, judge


def _name(cell: CellName, found: Separation) -> str:
    return cell.path if cell != found.path else f"{cell.path} (not scored)"
