"""Hold a generator to every rule, one by one."""

from __future__ import annotations

import copy
from collections.abc import Callable

from synact_bench.core.errors import SynactError
from synact_bench.core.tracks import METHODS as METHODS_OF
from synact_bench.generators import contract, discovery
from synact_bench.testing import cost, fixtures, global_state
from synact_bench.testing.case import Case
from synact_bench.testing.cost import Cost
from synact_bench.testing.fixtures import Fixture
from synact_bench.testing.report import BrokenRulesError, Outcome, Report, RuleVerdict
from synact_bench.testing.rules import RULES, Rule
from synact_bench.testing.rules.rule import always

METHODS = (*dict.fromkeys(METHODS_OF.values()),)
COST = "cost"
STEPS = (*(rule.name for rule in RULES), COST)
"""What a check does, in order."""


def check_generator(
    candidate: object,
    *,
    on: Fixture | None = None,
    raises: bool = True,
    started: Callable[[str], object] = lambda _: None,
) -> Report:
    """Check that a generator keeps every rule of the contract.

    Fits it seven times and asks it for a few activations each time; on a random fixture this takes
    seconds. The global random states are put back afterwards.

    Args:
        candidate: a generator's class, a function that returns one, a generator, which is copied
            and never changed, or what ``--generator`` takes: a name, ``module:attr`` or
            ``path/to/file.py:Class``.
        on: pool, dictionary and bases; by default random ones as wide as the published testbeds.
            A generator need not fit another width than that of the testbeds it is for.
        raises: whether broken rules are raised, or only reported.
        started: told the name of each rule when its turn comes, and of ``STEPS``'s last step.

    Returns:
        An outcome for each rule, and what the generator costs.

    Raises:
        BrokenRulesError: rules are broken; the message lists all of them and how to fix them.
        UnknownNameError: no generator has the given name.
        PluginError: the target cannot be imported.
        TypeError: ``candidate`` is none of these.
    """
    make, where = _maker(candidate)
    case = Case(make, on or fixtures.wide(), where)
    with global_state.restored():
        outcomes = _outcomes(case, started)
        started(COST)
        found, uncosted = _cost(case, outcomes)
    report = Report(where, tuple(outcomes.values()), found, uncosted, setting=str(case.fixture))
    if raises and not report.passed:
        raise BrokenRulesError(report)
    return report


def _maker(candidate: object) -> tuple[Callable[[], object], str]:
    """A function that returns a new object each time, and what to call it."""
    if isinstance(candidate, str):
        return _maker(discovery.resolve(candidate))[0], candidate
    made = hasattr(candidate, "fit") and any(hasattr(candidate, each) for each in METHODS)
    if made and not isinstance(candidate, type):
        return lambda: copy.deepcopy(candidate), type(candidate).__name__
    if callable(candidate):
        return candidate, getattr(candidate, "__name__", repr(candidate))
    raise TypeError(
        f"a generator's class, a function that returns one, a generator or its name is checked, "
        f"not a {type(candidate).__name__}"
    )


def _outcomes(case: Case, started: Callable[[str], object]) -> dict[str, Outcome]:
    done: dict[str, Outcome] = {}
    for rule in RULES:
        started(rule.name)
        done[rule.name] = _outcome(rule, case, done)
    return done


def _outcome(rule: Rule, case: Case, done: dict[str, Outcome]) -> Outcome:
    if any(done[need].verdict in {"broken", "not reached"} for need in rule.needs):
        return Outcome(rule, "not reached")
    try:
        # A rule looks at attributes too, and looking may run the plugin's code.
        with contract.as_plugin_error(case.where, doing=f"the rule {rule.name!r}"):
            if rule.applies is not always and not rule.applies(case.card):
                return Outcome(rule, "does not apply")
            seen = rule.broken(case)
    except SynactError as error:
        seen = error.what
    verdict: RuleVerdict = "broken" if seen else "kept"
    return Outcome(rule, verdict, seen)


def _cost(case: Case, outcomes: dict[str, Outcome]) -> tuple[Cost | None, str]:
    """What the generator costs, or None and why that is not known."""
    if outcomes["many rows"].verdict != "kept":
        return None, "a rule that it needs is broken"
    try:
        with contract.as_plugin_error(case.where, doing="measuring the cost"):
            return cost.measured(case), ""
    except SynactError as error:
        return None, error.what
