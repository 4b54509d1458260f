"""The L^p exponents of a testbed as a page to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synact_bench.reports import formatting
from synact_bench.scoring import Estimate
from synact_bench.scoring.lp_norm import LARGEST, Exponents

NOTE = """\
Is the response to a perturbation a function of the L^p norm of its components along two
directions? p = 2: of its length alone, or a quadratic form; p > 2: a pure direction disturbs more
than a mixture of the same length, as if the model knew it. In brackets the 95 % interval over
documents and pairs. *slope*: how steeply the response to pure directions rises with the length, 2
where it is quadratic. *mixture / pure*: response to an even mixture over the geometric mean of the
two pure ones, median; 1 at p = 2 for two that disturb alike. *misfit*: root mean square of the log
response less the fit. *used*: share of the responses above 0. Lengths are over the median distance
of two real activations. Responses: KL of the next token in nats, and the squared l2 at the read
hook."""


def page(
    found: Mapping[str, Mapping[str, Exponents]],
    *,
    title: str,
    said: str,
    lengths: Sequence[float],
) -> str:
    """The whole page, in Markdown.

    Args:
        found: exponents by kind of direction, by response.
        title: of the page.
        said: what was measured, a sentence.
        lengths: of the perturbations, over the median distance of two real activations.
    """
    parts = [f"# L^p exponents: {formatting.escape(title)}", said, NOTE]
    names = dict.fromkeys(name for each in found.values() for name in each)
    for name in names:
        own = {kind: each[name] for kind, each in found.items() if name in each}
        parts += [f"## Response: {name}", _table(own), _by_length(own, lengths)]
    return "\n\n".join(parts) + "\n"


def _table(found: Mapping[str, Exponents]) -> str:
    return formatting.table(
        ["directions", "p", "above 2", "misfit", "used"],
        [
            [
                kind,
                _exponent(each.p),
                _above(each.p),
                f"{each.misfit:.2f}",
                formatting.share(each.used),
            ]
            for kind, each in found.items()
        ],
        left=1,
    )


def _by_length(found: Mapping[str, Exponents], lengths: Sequence[float]) -> str:
    rows = [
        [
            kind,
            f"{length:g}",
            _exponent(each.by_radius[place]),
            f"{each.slopes[place]:.2f}",
            f"{each.ratios[place]:.2f}",
        ]
        for kind, each in found.items()
        for place, length in enumerate(lengths)
    ]
    return formatting.table(["directions", "length", "p", "slope", "mixture / pure"], rows, left=1)


def _exponent(p: Estimate) -> str:
    ends = p.interval
    shown = _shown(p.value)
    return shown if ends is None else f"{shown} [{_shown(ends[0])}, {_shown(ends[1])}]"


def _shown(value: float) -> str:
    return f"> {LARGEST:g}" if value > 0.98 * LARGEST else f"{value:.2f}"


def _above(p: Estimate) -> str:
    ends = p.interval
    if ends is None:
        return ""
    return "yes" if ends[0] > 2 else "no" if ends[1] < 2 else "cannot be told"
