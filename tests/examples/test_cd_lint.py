"""What linters and the forges' own schemas say of examples/cd: nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

CD = Path(__file__).parents[2] / "examples" / "cd"
WORKFLOWS = sorted((CD / "github").glob("*.yml"))
GITLAB = CD / "gitlab" / ".gitlab-ci.yml"
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def run(*words: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """With the environment's own programs: actionlint asks shellcheck about each script."""
    environ = {**os.environ, "PATH": PATH, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"}
    return subprocess.run(words, capture_output=True, text=True, timeout=timeout, check=False, env=environ)


def actionlint() -> list[str]:
    """Its command, on PATH or built by Go of its module: no package index has its binary. Skips, and says why, without both."""
    if tool := shutil.which("actionlint", path=PATH):
        return [tool]
    if (go := shutil.which("go", path=PATH)) is None:
        pytest.skip("neither `actionlint` nor `go` on PATH: workflows are not linted")
    built = run(go, "run", ACTIONLINT, "-version", timeout=100)
    if built.returncode:
        pytest.skip(f"actionlint cannot be built: {built.stderr.strip().splitlines()[-1]}")
    return [go, "run", ACTIONLINT]


@pytest.mark.slow
def test_actionlint_finds_nothing() -> None:
    done = run(*actionlint(), *map(str, WORKFLOWS))
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.slow
def test_actionlint_would_find_something(tmp_path: Path) -> None:
    """Scripts too: shellcheck is with it."""
    text = WORKFLOWS[0].read_text("utf-8")
    bad = tmp_path / "bad.yml"
    bad.write_text(text.replace('origin "$GITHUB_REF"', "origin $GITHUB_REF"), "utf-8")
    done = run(*actionlint(), str(bad))
    assert done.returncode == 1
    assert "SC2086" in done.stdout


@pytest.mark.slow
def test_without_the_jobs_of_the_ground_it_is_whole(tmp_path: Path) -> None:
    """As its first lines say; an anchor in a job that went would be missed."""
    text = (CD / "github" / "deploy.yml").read_text("utf-8")
    text = re.sub(r"(?ms)    needs: \[preview, infra\]\n.*?    if: .*?\n", "", text, count=1)
    left = tmp_path / "left.yml"
    left.write_text(re.sub(r"(?ms)^  (preview|infra):\n.*?(?=^  \w)", "", text), "utf-8")
    assert set(yaml.safe_load(left.read_text("utf-8"))["jobs"]) == {"plan", "newest", "up", "guard"}
    done = run(*actionlint(), str(left))
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schema", "path"),
    [("vendor.gitlab-ci", GITLAB), *(("vendor.github-workflows", it) for it in WORKFLOWS)],
    ids=lambda it: it if isinstance(it, str) else it.name,
)
def test_the_forges_schema_takes_it(schema: str, path: Path) -> None:
    done = run("check-jsonschema", "--builtin-schema", schema, str(path))
    assert done.returncode == 0, done.stdout


def test_hadolint_finds_nothing() -> None:
    done = run("hadolint", str(CD / "Dockerfile"))
    assert (done.returncode, done.stdout) == (0, "")
    assert "USER 1000:1000" in (CD / "Dockerfile").read_text("utf-8")


# The first major of each that runs on Node 24: GitHub's runners no longer have Node 20 (its changelog of 19 September 2025).
FIRST = {
    "actions/checkout": 5,
    "astral-sh/setup-uv": 7,
    "aws-actions/configure-aws-credentials": 6,
    "google-github-actions/auth": 3,
    "azure/login": 3,
    "pulumi/actions": 7,
}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda it: it.name)
def test_actions_are_known_and_still_run(path: Path) -> None:
    used = re.findall(r"uses: (\S+)@v(\d+)(\S*)", path.read_text("utf-8"))
    assert {name for name, *_ in used} == set(FIRST)
    for name, major, rest in used:
        assert int(major) >= FIRST[name], name
        # From version 8 on there are no moving tags of it.
        assert bool(rest) == (name == "astral-sh/setup-uv"), name
