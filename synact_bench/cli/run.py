"""``synact-bench run``: measure what is missing, then show the board.

Loading the libraries takes seconds: the first line is said before, so that none is imported here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from synact_bench.cli.options import option, run_options, takes_run_options
from synact_bench.isolation import processes
from synact_bench.isolation.limits import AVAILABLE
from synact_bench.run.options import BESIDE, DEFAULT_TESTBED, OPTIONS, RunOptions, refuse_mistakes

SAES = (
    f"{OPTIONS['sae'].help} Repeated: the same compositions are scored with each SAE of the hook, "
    "and the SAEs ranked by them."
)
PRESET = {"help": f"{OPTIONS['preset'].help} {BESIDE}", "show_default": False}
EXAMPLES = """
Examples:

  synact-bench run --preset quick

  synact-bench run --generator my_method.py:MyGenerator

  synact-bench run --preset quick --generator gaussian --generator my_method.py:MyGenerator

  synact-bench run --preset smoke --text my_novel.txt

  synact-bench run --model my-model.gguf --hook blocks.3.hook_resid_pre

  synact-bench run --sae default --sae pca --sae path/to/my-sae
"""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("run", epilog=EXAMPLES)(run)


@takes_run_options(left_out=("sae",), words={"preset": PRESET})
def run(sae: Annotated[list[str] | None, option("sae", help=SAES)] = None, **given: Any) -> None:
    """Score generators on a testbed, or several SAEs on one; cells already stored are reused."""
    options = run_options(given)
    refuse_mistakes(options)
    saes = sae or []
    print(_opening(options, saes), flush=True)
    if options.isolate and AVAILABLE and any(map(_is_file, options.generators)):
        processes.ready()
    from synact_bench.cli import scored  # noqa: PLC0415  (loads the libraries)

    if len(saes) > 1:
        scored.rank([replace(options, sae=each) for each in saes])
    else:
        scored.show(replace(options, sae=saes[0] if saes else None))


def _opening(options: RunOptions, saes: Sequence[str]) -> str:
    """The first line: on what generators are scored, as it was asked for."""
    place = options.model or str(options.testbed or DEFAULT_TESTBED)
    place += f" at {options.hook}" if options.hook else ""
    beside = f" with {', '.join(saes)}" if saes else ""
    return f"{place}{beside}: loading libraries, then looking for stored cells"


def _is_file(target: str) -> bool:
    """Whether a generator is a file's: no library is needed to see that it is a plugin."""
    return target.partition(":")[0].endswith(".py")
