"""Continuous integration: valid by its schema, and made of the commands that a person types."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = sorted((ROOT / ".ci").iterdir())
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def checked(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    return subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=False)


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))


def called(text: str) -> set[str]:
    """Targets that a script or workflow makes; options and variables are left out."""
    return set(re.findall(r"\bmake (?:--\w+ )*([a-z][a-z-]*)", text))


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_workflows_are_valid() -> None:
    assert len(WORKFLOWS) == 5
    done = checked("vendor.github-workflows", *WORKFLOWS)
    assert done.returncode == 0, done.stdout


def test_the_schema_refuses_what_is_no_workflow(tmp_path: Path) -> None:
    text = (ROOT / ".github" / "workflows" / "docs.yml").read_text(encoding="utf-8")
    broken = tmp_path / "docs.yml"
    broken.write_text(text.replace("runs-on:", "runs_on:"), encoding="utf-8")
    assert checked("vendor.github-workflows", broken).returncode == 1


def test_issue_forms_are_valid() -> None:
    assert [path.stem for path in FORMS] == ["bug", "proposal", "wrong-number"]
    done = checked("vendor.github-issue-forms", *FORMS)
    assert done.returncode == 0, done.stdout


def test_the_citation_is_valid() -> None:
    done = checked("vendor.citation-file-format", ROOT / "CITATION.cff")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", [*WORKFLOWS, *SCRIPTS], ids=lambda path: path.name)
def test_it_calls_targets_that_there_are(path: Path) -> None:
    assert called(path.read_text(encoding="utf-8")) <= targets()


def test_every_check_of_the_contributing_page_is_run() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    promised = set(re.findall(r"^    make ([a-z-]+)", page, flags=re.MULTILINE))
    assert promised >= {"setup", "check", "test"}
    assert promised <= called((ROOT / ".ci" / "run").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_major_version_and_those_of_others_by_commit(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    pinned = re.compile(r"actions/[\w-]+@v\d+|[\w-]+/[\w-]+@[0-9a-f]{40}")
    assert [each for each in used if not pinned.fullmatch(each)] == []


def test_a_release_is_checked_then_published_by_trust_then_announced() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
    assert workflow[True] == {"push": {"tags": ["v*"]}}
    assert workflow["permissions"] == {"contents": "read"}
    build, publish, notes = (workflow["jobs"][name] for name in ("build", "publish", "notes"))
    made = [step["run"] for step in build["steps"] if "run" in step]
    assert made == ["make release-check", "make check-wheel"]
    assert build["env"]["VERSION"] == notes["env"]["VERSION"] == "${{ github.ref_name }}"
    assert "permissions" not in build
    assert publish["needs"] == "build"
    assert publish["environment"] == "pypi"
    assert publish["permissions"] == {"id-token": "write"}
    # What may publish runs no code of the project, only the one action.
    assert [step for step in publish["steps"] if "run" in step or "secrets" in str(step)] == []
    assert publish["steps"][-1]["uses"].startswith("pypa/gh-action-pypi-publish@")
    assert notes["needs"] == "publish"
    assert notes["permissions"] == {"contents": "write"}
    # A tag's name is data: no shell reads it as code.
    assert [step for step in steps(workflow) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (f"{'a' * 69}\n\nBecause.\n", 0),
        ("Take C# for what it is\n\nBecause.\n\n# Please enter the message\n", 0),
        ("Merge branch 'one'\n", 0),
        (f"{'a' * 70}\n\nBecause.\n", 1),
        ("Subject alone", 1),
        ("Subject alone\n\n# Please enter the message\n", 1),
        ("Subject\nand body at once\n", 1),
    ],
)
def test_a_commit_message_has_a_short_subject_and_a_body(
    tmp_path: Path, message: str, code: int
) -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (hook,) = [each for each in config["repos"][0]["hooks"] if each["stages"] == ["commit-msg"]]
    file = tmp_path / "COMMIT_EDITMSG"
    file.write_text(message, encoding="utf-8")
    program = [sys.executable, "-m", f"pre_commit.languages.{hook['language']}"]
    command = [*program, *hook["args"], hook["entry"], str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr


def test_what_may_write_runs_nothing_of_a_pull_request() -> None:
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert workflow["permissions"]["contents"] == "read"
        events = workflow[True]  # YAML 1.1 reads the key "on" so
        assert "pull_request_target" not in events
        if "workflow_run" in events:
            used = [step.get("uses", "") for step in steps(workflow)]
            assert not [each for each in used if each.startswith("actions/checkout")]
            assert not [step for step in steps(workflow) if "${{" in step.get("run", "")]
        else:
            assert "pull-requests" not in workflow["permissions"]


def test_the_versions_are_those_that_the_package_declares() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["versions"]["strategy"]["matrix"]
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'requires-python = ">={matrix["python"][0]}"' in declared
    (oldest,) = matrix["include"]
    assert oldest["python"] == matrix["python"][0]
    assert (ROOT / oldest["constraints"]).is_file()


MAKE = """#!/bin/sh
case "$2" in
  validate) {validate} ;;
  board) cat board.txt ;;
esac
"""
BOARD = """\
| rank | row     | track         |
|------|---------|---------------|
| 1    | mine    | unconditional |
| 2    | mine-2  | unconditional |

wrote leaderboard/smollm2-135m/LEADERBOARD.md
"""


def comment(folder: Path, validate: str) -> subprocess.CompletedProcess[str]:
    """The comment on a pull request that adds ``mine``, with a stand-in for ``make``."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "submission-comment", folder / ".ci")
    (folder / "board.txt").write_text(BOARD, encoding="utf-8")
    programs = folder / "programs"
    programs.mkdir()
    (programs / "make").write_text(MAKE.format(validate=validate), encoding="utf-8")
    (programs / "make").chmod(0o755)
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}

    def git(*words: str) -> None:
        author = ("-c", "user.name=a", "-c", "user.email=a@b.example")
        subprocess.run(["git", *author, *words], cwd=folder, check=True, capture_output=True)

    submissions = folder / "leaderboard" / "submissions" / "smollm2-135m"
    submissions.mkdir(parents=True)
    git("init")
    for name in ("mine-2", "mine"):
        (submissions / f"{name}.json").write_text("{}", encoding="utf-8")
        git("add", "leaderboard")
        git("commit", "--message", name)
    return subprocess.run(
        [folder / ".ci" / "submission-comment"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_comment_shows_the_row_and_then_the_board(tmp_path: Path) -> None:
    done = comment(tmp_path, "echo mine.json: accepted")
    assert done.returncode == 0, done.stderr
    row, _, whole = done.stdout.partition("<details>")
    assert row.splitlines()[2:5] == BOARD.splitlines()[:3]
    assert "mine-2" not in row
    assert BOARD in whole
    assert whole.endswith("</details>\n")
    assert (tmp_path / "build" / "submission-comment.md").read_text() == done.stdout


def test_a_refusal_is_shown_as_code(tmp_path: Path) -> None:
    done = comment(tmp_path, "echo 'mine.json: author: ```@x'; echo 'make: *** Error 1'; exit 1")
    assert done.returncode == 1
    assert done.stdout == "Refused:\n\n    mine.json: author: ```@x\n"
