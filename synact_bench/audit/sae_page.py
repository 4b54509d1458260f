"""SAE-AUDIT.md: the audit of SAE scores as a page to read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from synact_bench.audit.sae_audit import (
    LENSES,
    RESEED,
    SIZE,
    TRAINING,
    TRUTH,
    SaeAudit,
    Truth,
)
from synact_bench.audit.sae_lenses import (
    CORRELATION,
    FEWEST_SEEDS,
    FEWEST_STEPS,
    ExpectedPair,
    Monotone,
)
from synact_bench.audit.sae_scores import EXPLAINED, MEDIAN
from synact_bench.core.experiments import PRESETS
from synact_bench.reports import formatting
from synact_bench.reports.confidence import measured_how, nothing_read_off
from synact_bench.reports.dictionaries import RECONSTRUCTION
from synact_bench.results.files import write_together
from synact_bench.scoring import Estimate, Realism

PAGE, DATA = "SAE-AUDIT.md", "sae-audit.json"

NOTE = f"""\
Can the scores by which this benchmark compares SAEs be trusted to compare them? Each is looked at
through lenses whose thresholds were declared before anything was measured. *{MEDIAN}*: of the
overall realism@2 of the compositions, by which dictionaries are ranked; *{RECONSTRUCTION}*: of the
dictionary's reconstructions of real activations; then each composition by itself. *{EXPLAINED}* is
no score of ours and stands beside them for comparison. Below 0 the tables show
`1 / (1 - realism) - 1`; in brackets 95 % intervals over documents; differences are of realism as it
is."""

RESEEDED = f"""\
One SAE, measured with several seeds of the design: other prompts of the same documents, other
partners, other random choices of every generator. *spread*: standard deviation over the seeds;
*stated*: the standard error that the intervals state; *p*: of a spread as large, were that right
(chi-square, Holm-adjusted for the scores). **Fails** with p below .05; nothing is said of fewer
than {FEWEST_SEEDS} seeds."""

TRAINED = f"""\
SAEs kept along one training. *Spearman*: of score and step, in brackets its 95 % interval over
documents; *reversals*: pairs of which the earlier SAE scores significantly higher, Holm-adjusted.
**Passes** with a correlation of at least {CORRELATION}; nothing is said of fewer than
{FEWEST_STEPS} SAEs."""

SIZED = """\
Dictionaries of which one is expected to be better, the first of each pair: an SAE, one of fewer
latents that was trained the same way, principal components. *by*: difference, paired over
documents; *p*: Holm-adjusted for the pairs of a score; *bases*: fewest of them from which on the
pair is decided as expected, on nested subsets, with the smallest preset that has as many;
*documents*: for telling a difference of this size with probability 0.8. **Passes** if every pair
is decided as expected, **fails** if one is decided the other way."""

KNOWN = f"""\
A tiny model whose activations are sums of known features, more of them than dimensions, and which
computes with these features alone. The true dictionary is corrupted by doses: *replaced*, a share
of its directions by random ones; *rotated*, every direction by an angle, in degrees. *Spearman*: of
falling dose and score. Beside it the true dictionary against principal components. **Passes** with
a correlation of at least {CORRELATION} on each ladder and the true dictionary decided above
principal components; **fails** if one of them does."""

ABOUT: Mapping[str, str] = {
    RESEED: "reseed noise",
    TRAINING: "along training",
    SIZE: "between sizes",
    TRUTH: "known features",
}


def page(audit: SaeAudit) -> str:
    """The whole page, in Markdown."""
    parts = ["# Audit of SAE scores"]
    if audit.setting is not None:
        measured = measured_how(audit.setting, audit.documents, audit.replicates)
        parts += [f"Testbed {formatting.escape(audit.setting.testbed)}. {measured}"]
        if not audit.replicates:
            parts.append(f"**{nothing_read_off(audit.setting)}.**")
    parts += [f"Compositions: {formatting.codes(audit.compositions)}.", NOTE]
    parts += ["## Verdicts", verdicts(audit)]
    parts += _section("Reseed noise", RESEEDED, _reseeding(audit))
    parts += _section("Along training", TRAINED, _training(audit))
    parts += _section("Between sizes", SIZED, _size(audit))
    parts += _section("Known features", KNOWN, _truth(audit.truth))
    parts += _flags(audit)
    return "\n\n".join(filter(None, parts)) + "\n"


def verdicts(audit: SaeAudit) -> str:
    """A verdict a score and lens, what fails, and what was not measured."""
    found = audit.verdicts
    rows = [
        [formatting.escape(name), *(own.get(lens, "not measured") for lens in LENSES)]
        for name, own in found.items()
    ]
    table = formatting.table(["score", *ABOUT.values()], rows, left=5)
    return "\n\n".join([table if found else "No verdict.", *_failing(audit)])


def contents(audit: SaeAudit) -> dict[str, bytes]:
    """The page and the numbers behind it, by file name."""
    return {PAGE: page(audit).encode(), DATA: audit.to_json().encode()}


def write(audit: SaeAudit, folder: Path) -> Path:
    """Write both files or, on a full disk, neither.

    Returns:
        Where the page is.

    Raises:
        RecordError: the folder cannot be written.
    """
    write_together({folder / name: content for name, content in contents(audit).items()})
    return folder / PAGE


def _failing(audit: SaeAudit) -> Iterator[str]:
    """What fails and what was not looked at, in words."""
    lines = []
    for name, found in audit.verdicts.items():
        failed = [ABOUT[lens] for lens in LENSES if found.get(lens) == "fails"]
        if failed and name != EXPLAINED:
            lines.append(f"- **{formatting.escape(name)} fails**: {', '.join(failed)}")
    if lines:
        yield "\n".join(lines)
    elif audit.verdicts:
        yield "No score of ours fails a lens that was looked through."
    lacking = [
        f"- {ABOUT[lens]}: {formatting.escape(reason)}"
        for lens, reasons in audit.lacking.items()
        for reason in reasons
    ]
    if lacking:
        yield "Not measured:\n\n" + "\n".join(lacking)


def _section(title: str, about: str, shown: Iterable[str]) -> list[str]:
    return [f"## {title}", about, *([*shown] or ["Not measured."])]


def _shown(estimate: Estimate | None) -> str:
    """A score with its interval, bounded for display; empty for None."""
    return "" if estimate is None else formatting.bounded(Realism(estimate))


def _reseeding(audit: SaeAudit) -> Iterator[str]:
    if not audit.reseeding:
        return
    seeds = sorted({seed for each in audit.reseeding.values() for seed in each.values})
    rows = [
        [
            formatting.escape(name),
            *(_shown(found.values.get(seed)) for seed in seeds),
            formatting.measure(found.spread),
            formatting.measure(found.stated),
            f"{found.pvalue:.3f}",
        ]
        for name, found in audit.reseeding.items()
    ]
    headers = ["score", *(f"seed {seed}" for seed in seeds), "spread", "stated", "p"]
    yield f"Of {formatting.escape(audit.reseeded or '')}:"
    yield formatting.table(headers, rows, left=1)


def _training(audit: SaeAudit) -> Iterator[str]:
    if audit.training:
        yield _ladder(audit.training, lambda place: f"step {place:g}")


def _ladder(ladder: Mapping[str, Monotone], called: Callable[[float], str]) -> str:
    places = sorted({place for each in ladder.values() for place in each.values})
    rows = []
    for name, found in ladder.items():
        ends = formatting.between(found.interval)
        shown = formatting.score(found.correlation)
        rows.append(
            [
                formatting.escape(name),
                *(_shown(found.values.get(place)) for place in places),
                " ".join(filter(None, (shown, ends))) or "none",
                str(len(found.reversals)),
            ]
        )
    headers = ["score", *map(called, places), f"Spearman, n = {len(places)}", "reversals"]
    return formatting.table(headers, rows, left=1)


def _size(audit: SaeAudit) -> Iterator[str]:
    if audit.size:
        yield _pairs(audit.size)


def _pairs(found: Mapping[str, Iterable[ExpectedPair]]) -> str:
    rows = [
        [
            formatting.escape(name),
            formatting.escape(f"{each.better} above {each.worse}"),
            each.outcome,
            formatting.interval(each.difference),
            f"{each.decision.pvalue:.3f}",
            _bases(each.enough),
            "" if each.decision.needed is None else f"{each.decision.needed:,}",
        ]
        for name, pairs in found.items()
        for each in pairs
    ]
    headers = ["score", "pair", "outcome", "by", "p", "bases", "documents"]
    return formatting.table(headers, rows, left=3)


def _bases(enough: int | None) -> str:
    """A number of bases and the smallest preset that has as many."""
    if enough is None:
        return ""
    preset = next((each.name for each in PRESETS.values() if each.bases >= enough), None)
    return f"{enough} ({preset})" if preset else str(enough)


def _truth(truth: Truth | None) -> Iterator[str]:
    if truth is None:
        return
    setting = truth.setting
    yield (
        f"Preset {formatting.escape(setting.preset)}: {setting.bases} bases of {truth.documents} "
        f"documents, seed {setting.seed}."
    )
    for kind, ladder in truth.ladders.items():
        yield f"### {kind.capitalize()}"
        yield _ladder(ladder, lambda place: "true" if place == 0 else f"{-place:g}")
    if truth.pairs:
        yield "### Against principal components"
        yield _pairs(truth.pairs)


def _flags(audit: SaeAudit) -> Iterator[str]:
    if not audit.flagged:
        return
    yield "## Flags"
    yield (
        "Compositions that break a rule of copying or collapse. They count as they are; a ranking "
        "of dictionaries leaves out those that have one."
    )
    yield "\n".join(
        f"- {formatting.escape(name)}: {', '.join(map(formatting.escape, rows))}"
        for name, rows in audit.flagged.items()
    )
