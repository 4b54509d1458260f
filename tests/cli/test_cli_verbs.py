from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from typer.main import get_command

import synact_bench
from synact_bench.assets import packages
from synact_bench.cli import VERBS, Verbs, app
from synact_bench.core.experiments import CONTROLS, EXPERIMENTS, PRESETS
from synact_bench.generators import BUILTINS, OPTIONAL_BASELINES, RECONSTRUCTIONS
from synact_bench.metrics import METRICS
from synact_bench.models import train_sae
from synact_bench.models.subject import Subject
from synact_bench.run import lp_exponent, runner
from synact_bench.testbeds import spec
from synact_bench.testbeds.spec import Testbed
from tests.helpers.commands import invoke
from tests.helpers.faulty import faulty
from tests.helpers.testbeds import SETTINGS
from tests.helpers.tiny_testbed import Home

EVERY = (
    *("run", "plan", "status", "grid", "new", "check", "list", "submit", "validate", "board"),
    *(
        "plot",
        "table",
        "site",
        "pack",
        "audit",
        "conventional",
        "audit-sae",
        "lp",
        "reproduce",
        "compare",
        "baseline",
        "train-sae",
        "train-prior",
        "fetch",
        "freeze",
        "schema",
    ),
)


def verbs() -> Verbs:
    """The group of all verbs, none of which is loaded."""
    found = get_command(app)
    assert isinstance(found, Verbs)
    assert found.commands == {}
    return found


@pytest.mark.parametrize("verb", EVERY)
def test_help_shows_an_example(verb: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke(verb, "--help") == 0
    assert f"synact-bench {verb}" in capfd.readouterr().out.split("Example")[1]


def test_help_names_every_verb(capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke("--help") == 0
    out = capfd.readouterr().out
    lines = out.split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in lines if line[2:3].strip()] == [*EVERY] == [*VERBS]


@pytest.mark.parametrize("verb", EVERY)
def test_the_summary_of_a_verb_begins_its_own_help(verb: str) -> None:
    said = verbs().get_command(None, verb).help
    assert said.startswith(VERBS[verb].summary.removesuffix("."))


def test_help_loads_no_verb(capfd: pytest.CaptureFixture[str]) -> None:
    script = (
        "import sys; sys.argv = ['synact-bench', '--help']\n"
        "from synact_bench.cli import main\n"
        "try: main()\n"
        "finally: print(sorted({'torch', 'numpy', 'scipy', 'pandas'} & {*sys.modules}))"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    assert capfd.readouterr().out.splitlines()[-1] == "[]"


def test_the_version_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke("--version") == 0
    assert capfd.readouterr().out.split() == ["synact-bench", synact_bench.__version__]


@pytest.mark.parametrize("verb", EVERY)
def test_a_verb_is_loaded_alone(verb: str) -> None:
    group = verbs()
    assert group.get_command(None, verb) is group.commands[verb]
    assert [*group.commands] == [verb]


def test_what_is_no_verb_is_compared_with_all_of_them() -> None:
    group = verbs()
    assert group.get_command(None, "bord") is None
    assert [*group.commands] == [*EVERY]


def test_list_names_everything_there_is(capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke("list") == 0
    words = set(capfd.readouterr().out.replace(",", " ").split())
    testbeds = {testbed.identity for testbed in spec.catalog().values()}
    metrics = {metric.identity for metric in METRICS.values()}
    experiments = {experiment.identity for experiment in EXPERIMENTS.values()}
    generators = BUILTINS.keys() | OPTIONAL_BASELINES.keys() | RECONSTRUCTIONS.keys()
    assert words >= testbeds | metrics | experiments | generators | PRESETS.keys()


def test_board_is_made_of_stored_cells_alone(
    full_run: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the model was opened")

    monkeypatch.setattr(runner, "prepare", refuse)
    monkeypatch.setattr(Subject, "open", refuse)
    out = tmp_path / "board"
    assert invoke("board", full_run / "tiny" / "smoke" / "seed-0", "--out", out) == 0
    assert capfd.readouterr().out.splitlines()[-1] == f"wrote {out / 'LEADERBOARD.md'}"
    assert set(json.loads((out / "scores.json").read_text(encoding="utf-8")))
    assert list((out / "figures").iterdir())


def test_list_marks_the_controls(capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke("list") == 0
    lines = capfd.readouterr().out.splitlines()
    marked = {line.split()[0] for line in lines if " control " in f"{line} "}
    assert marked == {name for name in CONTROLS if name in BUILTINS}


@pytest.mark.parametrize("written", [False, True])
def test_audit_reports_from_stored_cells_alone(
    written: bool,
    full_run: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Subject, "open", lambda *_, **__: pytest.fail("the model was opened"))
    out = ("--out", tmp_path) if written else ()
    assert invoke("audit", full_run / "tiny" / "smoke" / "seed-0", *out) == 0
    said = capfd.readouterr().out
    assert said.startswith("# Audit: tiny@1\n")
    assert (tmp_path / "AUDIT.md").exists() is written
    if written:
        page = (tmp_path / "AUDIT.md").read_text(encoding="utf-8")
        assert said == f"{page}\nwrote {tmp_path / 'AUDIT.md'}\n"


def test_audit_reports_of_paths_from_stored_cells_alone(
    full_run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = full_run / "tiny" / "smoke" / "seed-0"
    assert invoke("audit", folder, "--paths", "--out", tmp_path) == 0
    page = (tmp_path / "PATHS.md").read_text(encoding="utf-8")
    assert page.startswith("# Straight lines questioned\n")
    assert capfd.readouterr().out == f"{page}\nwrote {tmp_path / 'PATHS.md'}\n"
    assert not (tmp_path / "AUDIT.md").exists()


def test_lp_prints_a_page_and_writes_it_with_its_numbers(
    tiny_catalog: Testbed,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lp_exponent, "measured", partial(lp_exponent.measured, replicates=3))
    few = ("--prompts", 3, "--pairs", 2, "--angles", 1, "--radius", 1, "--radius", 0.5)
    assert invoke("lp", "--testbed", "tiny", *few, "--out", tmp_path / "lp") == 0
    page = (tmp_path / "lp" / "lp.md").read_text(encoding="utf-8")
    assert page.startswith("# L^p exponents: tiny@1\n\n3 prompts of 3 documents, 2 pairs")
    said = capfd.readouterr().out
    assert page in said
    assert said.startswith("measuring dictionary directions\n")
    found = json.loads((tmp_path / "lp" / "lp.json").read_text(encoding="utf-8"))
    assert found["settings"]["fractions"] == [0.5, 1.0]
    assert list(found["exponents"]) == ["dictionary", "pca", "random", "real difference"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--radius", 1), "a slope needs two different lengths above 0"),
        (("--prompts", 100_000), "100000 are asked for"),
    ],
)
def test_lp_says_what_is_wrong_with_what_is_asked(
    tiny_catalog: Testbed, capfd: pytest.CaptureFixture[str], given: tuple[object, ...], said: str
) -> None:
    assert invoke("lp", "--testbed", "tiny", *given) == 2
    assert said in capfd.readouterr().err


def test_fetch_says_what_is_ready(tiny_catalog: Testbed, capfd: pytest.CaptureFixture[str]) -> None:
    assert invoke("fetch", "tiny") == 0
    *needed, line = capfd.readouterr().out.splitlines()
    assert [each.partition(":")[0] for each in needed] == ["model", "text", "SAE"]
    assert line.startswith(f"tiny@1: ready in {packages.cache_folder()}: 400 train activations, ")
    assert line.endswith(f" of {SETTINGS.d_sae} latents alive")


def test_train_sae_writes_weights_and_card(
    tiny_catalog: Testbed,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def small(**chosen: object) -> train_sae.SaeSettings:
        return SETTINGS.model_copy(update=chosen)

    monkeypatch.setattr(train_sae, "SaeSettings", small)
    out = tmp_path / "sae"
    options = ["--samples", "12800", "--batch", "64", "--d-sae", "32", "--l1", "0.1", "--seed", "3"]
    options += ["--snapshots", "2"]
    assert invoke("train-sae", "--testbed", "tiny", "--out", out, *options) == 0
    card = train_sae.SaeCard.model_validate_json((out / "card.json").read_text(encoding="utf-8"))
    assert train_sae.SaeCard.model_validate_json(capfd.readouterr().out) == card
    assert (card.settings.samples, card.settings.d_sae, card.settings.seed) == (12800, 32, 3)
    assert card.settings.l1_coefficient == 0.1
    assert card.weights_sha256 == packages.sha256(out / "sae_weights.safetensors")
    assert {each.name for each in (out / "snapshots").iterdir()} == {"step-6", "step-200"}


SCRIPT = """
import sys
from functools import partial
from pathlib import Path
from synact_bench.cli import main
from synact_bench.testbeds import spec

declared = spec.Testbed.model_validate_json(sys.argv.pop(1))
shipped = Path(sys.argv.pop(1))
spec.catalog = lambda: {declared.name: declared}
spec.baselines = lambda: shipped
assert not {"transformers", "transformer_lens", "sae_lens"} & sys.modules.keys()
main()
"""


def test_a_process_of_its_own_says_one_line_on_standard_error(
    tiny_home: Home, tmp_path: Path
) -> None:
    """Nothing that the model libraries log reaches the user."""
    command = [sys.executable, "-c", SCRIPT]
    command += [tiny_home.testbed.model_dump_json(), str(tiny_home.baselines)]
    command += ["run", "--testbed", "tiny", "--preset", "smoke", "--runs", str(tmp_path / "runs")]
    command += ["--generator", str(faulty(tmp_path, "shape"))]
    environment = os.environ | {"SYNACT_CACHE": str(tiny_home.cache)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "synact-bench: generator 'faulty': generate returned shape [8, 15]; "
        "return [n, d_model], here [8, 16]\n"
    )
    assert not (tmp_path / "runs").exists()
