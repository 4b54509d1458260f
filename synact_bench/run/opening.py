"""Opening a request: options looked up, and what the testbed lacks measured, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from synact_bench.core.errors import SynactError
from synact_bench.core.experiments import (
    DEFAULT_PRESET,
    EXPERIMENTS,
    LADDER,
    OPTIONAL_DRAWS,
    PRESETS,
    RECONSTRUCTIONS,
    RELEASE_SEED,
    Experiment,
    Preset,
    find_preset,
)
from synact_bench.core.tracks import RECONSTRUCTION
from synact_bench.run import first_sample, lookup, official, shipped, stored_facts
from synact_bench.run.failures import FailedRows, made_rows
from synact_bench.run.options import RunOptions, refuse_mistakes
from synact_bench.run.plan import Entry
from synact_bench.run.request import MADE, Request
from synact_bench.run.roster import Roster
from synact_bench.run.shipped import Shipped
from synact_bench.scoring.resampling import FEWEST_DOCUMENTS
from synact_bench.testbeds.spec import Setup, Testbed


def open_request(
    options: RunOptions,
    *,
    declared: Setup | None = None,
    experiments: Mapping[str, Experiment] = EXPERIMENTS,
    scaled: bool = True,
    measures: bool = True,
    say: Callable[[str], object] = lambda _: None,
) -> Request:
    """Look up what the options name; measure what the testbed lacks, and keep it among its runs.

    With no preset named, generators that are named are measured alone, beside the published cells
    of the testbed, where it has any and nothing else is asked for that those were not measured
    with; otherwise the preset is quick.

    Args:
        options: what is asked for.
        declared: what ``lookup.declared`` makes of them, where that was called already.
        experiments: by name; with other paths than a score is made of where those are asked about.
        scaled: whether realism is wanted, so that a scale which is not declared is measured.
        measures: whether the testbed may be opened to measure what it lacks; else no scale is
            wanted, and a testbed that lacks anything else is refused.
        say: told what the testbed lacks, before it is opened to measure that.

    Raises:
        UnknownNameError: a name is not known.
        AssetError: a file that the testbed names is missing, or is not the declared one.
        TextError: the text cannot be read.
        PluginError: no generator asked for can be loaded, or has a name of its own.
        SynactError: options do not go together, the official seed cannot be read, or was drawn
            before one of the generators was handed in; or the published cells are not what this
            version would measure.
    """
    refuse_mistakes(options)
    preset = _preset(options)
    # Before minutes are spent on a testbed's facts.
    roster = Roster(options.limits)
    named = roster.entries((*MADE, *options.generators))
    _refuse_other_tracks(roster.entries(options.generators), experiments)
    if experiments is RECONSTRUCTIONS:
        _refuse_draws(options.generators)
    rows = roster.made(options.generators) or made_rows(named)
    FailedRows(roster.refused, rows={*rows, *roster.refused}).raise_if_all()
    if declared is None:
        declared = lookup.declared(options)
    beside = None
    if experiments is not RECONSTRUCTIONS:
        beside = _beside(options, declared, roster.entries(options.generators))
    if beside is not None:
        testbed, preset = beside.testbed, beside.preset
    else:

        @cache  # whatever is lacking
        def tried() -> None:
            FailedRows(first_sample.refusals(named, say=say), rows=rows).raise_if_all()

        def before(opening: str) -> None:
            tried()
            say(opening)

        testbed = stored_facts.load_or_measure(
            declared,
            options.runs,
            device=options.device,
            # Nothing is scored with fewer documents.
            scale=scaled and measures and preset.bases >= FEWEST_DOCUMENTS,
            measures=measures,
            say=before,
        )
    of_release = options.seed in {None, RELEASE_SEED}
    request = Request(
        options,
        testbed,
        preset,
        RELEASE_SEED if options.seed is None else options.seed,
        "release" if of_release else "own",
        experiments=experiments,
        shipped=beside,
        roster=roster,
    )
    return _official(request) if options.official else request


def _refuse_other_tracks(named: Sequence[Entry], experiments: Mapping[str, Experiment]) -> None:
    """Refuse generators that are run in none of the experiments: they would have no cell.

    Raises:
        SynactError: one was named.
    """
    tracks = {track for each in experiments.values() for track in each.tracks}
    for entry in named:
        if entry.generator is not None and entry.generator.card.track not in tracks:
            track = entry.generator.card.track
            raise SynactError(
                f"is of the {track} track, which stands on another board",
                where=f"generator {entry.name!r}",
                fix="measure it with 'synact-bench run"
                + (" --track reconstruction'" if track == RECONSTRUCTION else "', without --track"),
            )


def _refuse_draws(asked: Sequence[str]) -> None:
    """Refuse rows that no generator makes: they reconstruct nothing, and would have no cell.

    Raises:
        SynactError: one was named.
    """
    drawn = {*OPTIONAL_DRAWS, *(name for each in EXPERIMENTS.values() for name in each.draws)}
    for name in asked:
        if name in drawn:
            raise SynactError(
                "is drawn by the design, and is the reconstruction of nothing",
                where=f"--generator {name}",
                fix="leave it out, or measure it with 'synact-bench run', without --track",
            )


def _preset(options: RunOptions) -> Preset:
    wanted = DEFAULT_PRESET if options.preset is None else options.preset
    if isinstance(wanted, str):
        return find_preset(wanted)
    if wanted.train_activations is not None and PRESETS.get(wanted.name) != wanted:
        # Cells are told apart by a preset's name and numbers of prompts and points.
        raise SynactError(
            "train_activations is of built-in presets: cells fitted on others would pass for these",
            where=f"preset {wanted.name!r}",
            fix="leave it out, or give a testbed of as many train_activations",
        )
    return wanted


def _beside(options: RunOptions, declared: Setup, entries: Sequence[Entry]) -> Shipped | None:
    """The published cells to measure generators beside; None unless all else is as it was for them.

    Args:
        options: what is asked for.
        declared: the testbed.
        entries: the rows asked for.
    """
    if options.preset is not None or not stands_beside(options, declared):
        return None
    assert isinstance(declared, Testbed)  # built-in ones lack nothing
    return shipped.matched(declared, [entry for entry in entries if entry.generator is not None])


def stands_beside(options: RunOptions, declared: Setup) -> bool:
    """Whether the rows asked for can be measured beside published cells: those of a testbed are
    there, and nothing is asked for that they were not measured with, whatever the preset."""
    otherwise = options.official or options.diagnostic or options.dense
    if not options.generators or otherwise:
        return False
    if options.seed not in {None, RELEASE_SEED} or options.precision != "float32":
        return False
    return shipped.available(declared)


def _official(request: Request) -> Request:
    """The same with the seed of its official run, which was drawn for all of its rows.

    The ladder is free to come later: it is no row of a board.
    """
    request = replace(request, split="official")
    entries = request.roster.entries(request.asked_for)
    rows = [row for row in entries if row.generator and row.name not in LADDER]
    seed, new = official.take_seed(request.folder, [row.identity for row in rows])
    return replace(request, seed=seed, new_seed=new)
