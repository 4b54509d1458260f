"""The audit as a page to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from string import ascii_lowercase

import numpy as np

from synact_bench.audit.audit import Audit
from synact_bench.audit.robustness import agrees
from synact_bench.audit.validity import LadderResult
from synact_bench.reports import formatting
from synact_bench.reports.confidence import nothing_read_off
from synact_bench.reports.scored_cells import PARTS
from synact_bench.scoring import CellName
from synact_bench.scoring.curve_scores import CurveScore
from synact_bench.scoring.resampling import FEWEST_DOCUMENTS
from synact_bench.similarity.explained import Explained

NOTE = """\
Every realism is realism@2: 1 real, 0 as Gaussian samples, ↑ higher is better. In brackets the 95 %
interval over documents; below 0 the tables show `1 / (1 - realism) - 1`. ≈: cannot be told from
real (permutation test over documents, 5 %)."""

HALVES = """\
The documents are parted into two halves by a hash; each half makes a board of its own, with
intervals and tests of its own and the scale of all. Spearman's correlation is over the overall
realism of every row, controls included. A reversal is a pair of rows ordered significantly one way
in one half and the other way in the other."""

TURNS = """\
Each draw of real activations scored in its turn as a row against the others. *limit*: departure
from real, 1 - realism, that one draw of real in twenty exceeds; *p*: chance of a departure as large
were the row real, beside it that of each part. Of draws that are real, one test in twenty should
find a difference. The draws are compared with each other: their tests are not independent."""

LADDER = """\
Vector mixtures of a real activation of the train pool and a Gaussian sample: realism must fall as
the dose of the Gaussian rises. Between them rows of known place; `wrong-prompt` is `real-holdout`
dealt to bases of other documents, so that only the prompt is wrong."""

STEPS = """\
*rise*: of the departure from real with the dose, paired over documents; *z*: over its standard
error."""

RESOLUTION = """\
Of the rows that a board ranks. *MDE*: difference of two rows that a comparison of the two alone
finds with probability 0.8, for the median pair; *neighbours*: for the median pair of neighbours.
*share*: the MDE as a share of what lies between `real-holdout` and `gaussian` on this board.
*decided*: pairs told apart, Holm-adjusted. *interval*: median width."""

CORRUPTIONS = """\
Some paths of `real-holdout`, the same bases in every cell, are replaced: by paths that go as theirs
and return to their start, and by those of Gaussian samples. *fall*: of its realism, paired over
documents."""

SUBSETS = """\
Rows of each track that are nearest to real, and `real-holdout`, scored on nested subsets of the
documents: each has its own intervals, all have one scale. A star marks an interval that does not
hold the value of all bases, except for rows that neither can tell from real."""

DIAGNOSTICS = """\
Paths that no score is made of: *absolute* has one length for all, *spherical* keeps the distance
from the mean of real activations, *mixture* their variance about it, and its first step does not
depend on the base. From the mean itself there is no direction to turn to, so that the row `mean`
has no spherical path."""

EXPLAINED = """\
R²: share of the variance of a named metric over the paths of all rows that a quadratic surface of
four geometric facts predicts out of sample: distance from base to target, norm of the scored
activation, cosine of the two and Mahalanobis distance, each about the mean of real activations.
Share: how much of a row's shift from real the surface reproduces, fitted without that row and rows
of its kind; 1 is all, 0 none. It says little where more than a fifth of the row's paths lie outside
what the fit has seen (in brackets), and is empty where the row does not differ from real. The
median is over the shares of the cell without brackets, as many as the column *rows* says. Named
metrics explain scores and are no part of them."""

FAR = 0.2
"""Share of a row's paths outside the fit from which on a share says little."""


def page(audit: Audit) -> str:
    """The whole page, in Markdown."""
    setting = audit.setting
    title = (
        f"# Audit: {formatting.escape(setting.testbed)}\n\n"
        f"Preset {formatting.escape(setting.preset)}: "
        f"{setting.bases} bases of {audit.documents} documents, {setting.split} seed "
        f"{setting.seed}."
    )
    if audit.documents < FEWEST_DOCUMENTS:
        return f"{title}\n\n**{nothing_read_off(setting)}.**\n"
    parts = chain(
        [title, NOTE, "## Split halves", HALVES, *_halves(audit)],
        ["## Real against real", TURNS, *_turns(audit)] if audit.turns else [],
        _ladder(audit),
        ["## What can be told apart", RESOLUTION, _resolution(audit)] if audit.resolution else [],
        ["## A few wrong paths", CORRUPTIONS, _corruptions(audit)] if audit.corruptions else [],
        ["## Number of bases", SUBSETS, *_subsets(audit)] if audit.subsets else [],
        ["## Further paths", DIAGNOSTICS, *_diagnostics(audit)] if audit.diagnostics else [],
        ["## Trivial explanation", EXPLAINED, _r2(audit), _shares(audit)],
    )
    return "\n\n".join(parts) + "\n"


def _halves(audit: Audit) -> Iterable[str]:
    found = audit.halves
    agreement = found.agreement
    if agreement.rho is None:
        yield f"No correlation: {agreement.reason}."
        return
    reversed_ = [f"{each.first} and {each.second}" for each in agreement.reversals]
    pairs = "; ".join(map(formatting.escape, reversed_)) or "none"
    yield (
        f"Spearman's correlation over {agreement.rows} rows: **{agreement.rho:.3f}**. "
        f"Significant reversals: {pairs}."
    )
    if found.median is not None and found.lowest is not None:
        yield (
            f"Over 100 random halvings: median **{found.median:.3f}**, 5th percentile "
            f"{found.lowest:.3f}."
        )
    both = (found.first, found.second)
    rows = [
        [formatting.escape(name), *(formatting.bounded(half.get(name)) for half in both)]
        for name in sorted(found.first.keys() | found.second.keys())
        if any(name in half and half[name].value is not None for half in both)
    ]
    yield formatting.table(["row", "first half ↑", "second half ↑"], rows, left=1)


def _turns(audit: Audit) -> Iterable[str]:
    tests = [each.test for each in audit.turns.values() if each.test is not None]
    cells = [one.test for each in audit.turns.values() for one in each.cells.values()]
    told, apart = (sum(not each.indistinguishable for each in own) for own in (tests, cells))
    yield (
        f"Told from real: **{told} of {len(tests)}** draws overall, {apart} of {len(cells)} by "
        "path."
    )
    rows = [
        [
            formatting.escape(name),
            _marked(score),
            "" if score.test is None else formatting.score(score.test.limit),
            "" if score.test is None else f"{score.test.pvalue:.3f}",
            *(
                f"{score.cells[cell].test.pvalue:.3f}" if cell in score.cells else ""
                for (cell,) in PARTS.values()
            ),
        ]
        for name, score in audit.turns.items()
    ]
    yield formatting.table(["row", "realism ↑", "limit", "p", *PARTS], rows, left=1)


def _ladder(audit: Audit) -> Iterator[str]:
    found = audit.ladder
    if found is None and not audit.landmarks:
        return
    yield from ("## Ladder from real to Gaussian", LADDER)
    if found is not None and found.correlation is not None:
        yield f"Spearman's correlation of dose and overall realism: **{found.correlation:.2f}**."
    if found is not None and found.steps:
        yield _climb(found)
    rungs = found.rungs if found is not None else {}
    rows = [[f"dose {dose:g}", *_shown(score)] for dose, score in rungs.items()]
    rows += [[formatting.escape(name), *_shown(score)] for name, score in audit.landmarks.items()]
    yield formatting.table(["row", "realism ↑", *(f"{each} ↑" for each in PARTS)], rows, left=1)
    if found is not None and found.steps:
        yield STEPS
        yield formatting.listing(
            found.steps,
            {
                "dose": lambda each: f"{each.low:g} to {each.high:g}",
                "rise": lambda each: formatting.interval(each.rise),
                "z": lambda each: "" if each.z is None else f"{each.z:.1f}",
                "seen": lambda each: {True: "yes", False: "no", None: ""}[each.seen],
            },
            left=1,
        )


def _climb(found: LadderResult) -> str:
    seen = sum(each.seen is True for each in found.steps)
    way = "falls" if found.monotone else "does not fall"
    return f"Realism {way} with every step; {seen} of {len(found.steps)} are significant."


def _shown(score: CurveScore) -> list[str]:
    return [_marked(score), *(formatting.bounded_value(score.parts.get(each)) for each in PARTS)]


def _marked(score: CurveScore) -> str:
    shown = formatting.bounded(score.overall)
    return f"{shown} ≈" if score.test is not None and score.test.indistinguishable else shown


def _resolution(audit: Audit) -> str:
    rows = []
    for track, each in audit.resolution.items():
        detectable, adjacent, width = map(_three, (each.detectable, each.adjacent, each.width))
        decided, share = f"{each.decided} of {each.pairs}", formatting.share(each.share)
        rows.append([track, str(each.rows), decided, detectable, adjacent, share, width])
    headers = ["track", "rows", "decided", "MDE", "neighbours", "share", "interval"]
    return formatting.table(headers, rows, left=1)


def _three(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _corruptions(audit: Audit) -> str:
    return formatting.listing(
        audit.corruptions,
        {
            "replaced by": lambda each: each.kind,
            "paths": lambda each: f"{each.paths} of {each.of}",
            "before ↑": lambda each: _marked(each.before),
            "after ↑": lambda each: _marked(each.after),
            "fall": lambda each: formatting.interval(each.fall),
        },
        left=1,
    )


def _subsets(audit: Audit) -> Iterable[str]:
    whole = audit.subsets[-1]
    parts = audit.subsets[:-1]
    verdicts = [
        agrees(part.scores[name], score)
        for part in parts
        for name, score in whole.scores.items()
        if name in part.scores
    ]
    sizes = ", ".join(f"{each.bases} bases of {each.documents}" for each in audit.subsets)
    yield f"Subsets: {sizes} documents."
    known = [each for each in verdicts if each is not None]
    if known:
        yield f"Agree with all bases: **{sum(known)} of {len(known)}**."
    rows = []
    for name, score in whole.scores.items():
        cells = [formatting.escape(name)]
        for part in parts:
            own = part.scores.get(name)
            cells.append("" if own is None else _starred(own, score))
        rows.append([*cells, _marked(score)])
    headers = [f"{each.bases} bases ↑" for each in audit.subsets]
    yield formatting.table(["row", *headers], rows, left=1)


def _starred(part: CurveScore, whole: CurveScore) -> str:
    return _marked(part) + " \\*" * (agrees(part, whole) is False)


def _diagnostics(audit: Audit) -> Iterable[str]:
    reasons: dict[str, list[str]] = {}
    rows = []
    for cell, controls in audit.diagnostics.items():
        for control, realism in controls.items():
            name = formatting.escape(control)
            rows.append([cell.experiment, cell.path, name, formatting.bounded(realism)])
            if realism.reason is not None:
                where = f"{name} ({cell.experiment}, {cell.path})"
                reasons.setdefault(realism.reason, []).append(where)
    yield formatting.table(["experiment", "path", "row", "realism ↑"], rows, left=3)
    if reasons:
        yield "\n".join(
            f"- {', '.join(who)}: {formatting.escape(why)}" for why, who in reasons.items()
        )


def _places(audit: Audit) -> dict[str, tuple[CellName, str, Explained]]:
    """Cell and metric of each letter that stands for them at the head of a column."""
    places = [
        (cell, metric, each)
        for cell, found in audit.explained.items()
        for metric, each in found.items()
    ]
    return dict(zip(ascii_lowercase, places, strict=False))


def _r2(audit: Audit) -> str:
    rows = []
    for letter, (cell, metric, each) in _places(audit).items():
        values = [one.value for one in each.shares.values() if _near(one.extrapolated)]
        known = [value for value in values if value is not None]
        median = formatting.score(float(np.median(known)) if known else None)
        numbers = [formatting.score(each.r2), median, str(len(known))]
        reason = formatting.escape(each.reason or "")
        rows.append([letter, cell.experiment, cell.path, metric, *numbers, reason])
    headers = ["", "experiment", "path", "metric", "R²", "median share", "rows", "why not"]
    return formatting.table(headers, rows, left=4)


def _shares(audit: Audit) -> str:
    places = _places(audit)
    rows = []
    for name in sorted({row for *_, each in places.values() for row in each.shares}):
        cells = [_share(each, name) for *_, each in places.values()]
        if any(cells):
            rows.append([formatting.escape(name), *cells])
    return formatting.table(["row", *places], rows, left=1)


def _share(found: Explained, name: str) -> str:
    share = found.shares.get(name)
    if share is None or not (shown := formatting.score(share.value)):
        return ""
    return shown if _near(share.extrapolated) else f"({shown})"


def _near(extrapolated: float | None) -> bool:
    return extrapolated is not None and extrapolated <= FAR
