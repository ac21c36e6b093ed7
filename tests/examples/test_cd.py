"""The examples of continuous deployment: their scripts are run as they stand, on this machine in the place of a cloud."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes.shell import deploy

from tests.examples.forges import Forge, GitHub, GitLab, Kept, environ, kept
from tradewind.engine.ignoring import never
from tradewind.infra.arguments import GitHub as Trusted

CD = Path(__file__).parents[2] / "examples" / "cd"
GITHUB, GITLAB = CD / "github" / "deploy.yml", CD / "gitlab" / ".gitlab-ci.yml"
BOTH = pytest.mark.parametrize("path", [GITHUB, GITLAB], ids=["github", "gitlab"])
PREVIEW = (
    "deploy infra preview --env prod --exit-code"  # GitHub's alone: there reviewers are asked, where it finds something
)
WANTED = {
    "deploy plan --env prod",
    "deploy cost compare --env prod --output markdown",
    "deploy infra up --env prod --yes",
    "deploy up --env prod --yes --locked",
    "deploy endpoint guard --env prod",
}


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def scripts(value: Any) -> Iterator[str]:
    """Every shell script, wherever it stands; GitLab's lines of one job are one."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in ("run", "script", "after_script", "before_script") and isinstance(inner, (str, list)):
                yield inner if isinstance(inner, str) else "\n".join(inner)
            else:
                yield from scripts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scripts(inner)


def of_job(path: Path, name: str) -> list[str]:
    """In their order, once each. Installing is the runner's: it would fetch what is here already."""
    whole = read(path)
    job = whole["jobs"][name] if path == GITHUB else whole[name]
    return [it for it in dict.fromkeys(scripts(job)) if not it.startswith("uv tool install")]


def commands(path: Path) -> set[str]:
    lines = [line.strip() for script in scripts(read(path)) for line in script.splitlines()]
    found = [re.search(r"(?:^|exec |then )(deploy [^|;>]*)", line) for line in lines]
    return {it[1].strip() for it in found if it}


@BOTH
def test_both_do_the_same(path: Path) -> None:
    assert commands(path) == WANTED | ({PREVIEW} if path == GITHUB else set())


@pytest.mark.parametrize("command", sorted(WANTED | {PREVIEW}))
def test_the_command_line_takes_it(command: str) -> None:
    """`--help` is answered only where every option before it is known."""
    done = deploy(*shlex.split(command)[1:], "--help")
    assert done.code == 0, done.err
    assert deploy(*shlex.split(command)[1:], "--no-such-flag", "--help").code == 2


@dataclass(frozen=True)
class Runner:
    """A checked-out project, and a shell as the forge starts it."""

    folder: Path
    env: Mapping[str, str]
    output: Path
    """What steps tell each other by, as GITHUB_OUTPUT names it."""

    def run(self, script: str, **more: str) -> str:
        done = self.tried(script, **more)
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def tried(self, script: str, **more: str) -> subprocess.CompletedProcess[str]:
        self.output.write_text("", "utf-8")
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env={**self.env, **more},
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )

    def git(self, *words: str) -> str:
        return self.run(shlex.join(["git", "-c", "user.name=a", "-c", "user.email=a@b.co", *words])).strip()

    def pushed(self, name: str) -> str:
        """A commit that is the newest of `main` at the forge."""
        (self.folder / name).write_text(name, "utf-8")
        self.git("add", "-A")
        self.git("commit", "-qm", name)
        self.git("push", "-q", "origin", "main")
        return self.git("rev-parse", "HEAD")

    def at(self, commit: str) -> dict[str, str]:
        """What both forges tell a job of a push of `commit` to main."""
        return {
            "GITHUB_SHA": commit, "GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main",
            "CI_COMMIT_SHA": commit, "CI_COMMIT_BRANCH": "main", "CI_REPOSITORY_URL": f"file://{self.folder.parent}/forge.git",
        }  # fmt: skip


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    folder = tmp_path / "it"
    folder.mkdir()
    bare = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "CI_", "GITLAB_"))}
    paths = os.pathsep.join([str(Path(sys.executable).parent), bare["PATH"]])
    env = {
        **bare,
        "PATH": paths,
        "TRADEWIND_PROVIDER": "local",
        "TRADEWIND_HOME": str(tmp_path / "home"),
        "NO_COLOR": "1",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
    }
    (tmp_path / "temp").mkdir()
    found = Runner(folder, env, tmp_path / "output")
    found.run("deploy init")
    spec = folder / "deploy.yaml"
    if not re.search(r"^environments:", spec.read_text("utf-8"), re.MULTILINE):
        spec.write_text(spec.read_text("utf-8") + "\nenvironments:\n  prod: {}\n", "utf-8")
    found.run("deploy lock --env prod")
    found.git("init", "-q", "--bare", "-b", "main", "../forge.git")
    found.git("init", "-q", "-b", "main")
    found.git("remote", "add", "origin", "../forge.git")
    yield found
    subprocess.run(["deploy", "down", "--env", "prod", "--yes"], cwd=folder, env=env, capture_output=True, timeout=100)


@pytest.mark.slow
@pytest.mark.timeout(300)
@BOTH
def test_scripts_run_on_this_machine(path: Path, runner: Runner) -> None:
    """A request, its merge, a job that was cancelled, and the guard; nothing is left where it would be bundled."""
    kind: type[Forge] = GitHub if path == GITHUB else GitLab
    script = runner.folder / ".github" / "comment.py"
    script.parent.mkdir()
    shutil.copy(CD / "comment.py", script)
    rows: Kept = []
    with kept(kind, rows) as (url, _):
        for it in of_job(path, "plan"):
            runner.run(it.replace("/opt/tradewind/comment.py", str(script)), **environ(kind, url))
    assert len(rows) == 1
    said = str(rows[0]["body"])
    assert "to create" in said or "create" in said
    assert "\n| Target | Train on |" in said
    job = runner.at(runner.pushed("README.md"))
    assert all(never(it.parent.name) for name in ("plan", "cost") for it in runner.folder.rglob(f"{name}.*"))
    for name in ("up", "guard"):
        for it in of_job(path, name):
            runner.run(it, **job, CI_JOB_STATUS="canceled")
    stands = json.loads(runner.run("deploy status --env prod --output json"))["endpoint"]
    assert (stands["state"], [it["share"] for it in stands["versions"]]) == ("serving", [100])


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_cancelled_run_leaves_nothing_half_done(runner: Runner) -> None:
    """As GitHub cancels: SIGINT to the step's own process. The next step of the job, and the next run, go on from there."""
    _, up, guard = of_job(GITHUB, "up")
    process = subprocess.Popen(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", up],
        cwd=runner.folder, env=runner.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        begun = process.stderr.readline()  # the first word about the run: its lock is held
        process.send_signal(signal.SIGINT)
        told = begun + process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert process.returncode == 130, told
    runner.run(guard)
    runner.run(up)
    assert json.loads(runner.run("deploy status --env prod --output json"))["lock"] is None


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no `pulumi` on PATH: the real engine is not exercised")
@BOTH
def test_the_ground_is_made_by_its_job(path: Path, runner: Runner, tmp_path: Path) -> None:
    env = pulumi(tmp_path) | runner.at(runner.pushed("README.md"))
    (up,) = [it for it in of_job(path, "infra") if "deploy infra" in it]
    assert "1 created" in runner.run(up, **env)
    assert "nothing to do" in runner.run(up, **env)


def pulumi(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "state").mkdir()
    return {
        "PULUMI_HOME": str(tmp_path / "pulumi"), "PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_ACCESS_TOKEN": "",
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/state", "PULUMI_CONFIG_PASSPHRASE": "of a test",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no `pulumi` on PATH: the real engine is not exercised")
def test_reviewers_are_asked_only_where_the_ground_would_change(runner: Runner, tmp_path: Path) -> None:
    """Whichever file says so: here deploy.yaml's own name of the stack does."""
    (preview,) = of_job(GITHUB, "preview")
    env = pulumi(tmp_path)

    def changed() -> str:
        runner.run(preview, **env)
        return runner.output.read_text("utf-8")

    assert changed() == "changed=true\n"
    runner.run("deploy infra up --env prod --yes", **env)
    assert changed() == "changed=false\n"
    spec = runner.folder / "deploy.yaml"
    spec.write_text(spec.read_text("utf-8").replace("prod: {}", "prod: {foundation: {stack: other}}"), "utf-8")
    assert changed() == "changed=true\n"
    broken = runner.tried(preview, **env | {"PULUMI_BACKEND_URL": f"file://{spec}"})  # a file, and no folder
    assert broken.returncode not in (0, 3)
    assert runner.output.read_text("utf-8") == ""


@pytest.mark.parametrize(("path", "name"), [(GITHUB, "preview"), (GITHUB, "infra"), (GITLAB, "infra")])
def test_without_a_backend_nothing_is_begun(path: Path, name: str, runner: Runner) -> None:
    """An unset variable is an empty text on both: the state would be a folder of the runner's, and the whole ground new."""
    job = runner.at(runner.pushed("README.md"))
    (script,) = [it for it in of_job(path, name) if "deploy infra" in it]
    done = runner.tried(script, **job, PULUMI_BACKEND_URL="")
    assert (done.returncode != 0, done.stdout) == (True, "")
    assert "PULUMI_BACKEND_URL: is not set: make it a variable of this" in done.stderr


def test_an_older_commit_is_not_rolled_out_over_a_newer_one(runner: Runner) -> None:
    """On GitHub a step tells the next one; each job that changes something asks, and says why it does nothing."""
    jobs = read(GITHUB)["jobs"]
    first = runner.pushed("a.txt")
    for name in ("infra", "newest", "up"):
        (step,) = [it for it in jobs[name]["steps"] if it.get("id") == "newest"]
        runner.run(step["run"], **runner.at(first))
        assert runner.output.read_text("utf-8") == "current=true\n"
    newer = runner.pushed("b.txt")
    told = runner.run(step["run"], **runner.at(first))
    assert runner.output.read_text("utf-8") == ""
    assert told == f"::notice::main has moved on to {newer}: nothing is done for {first}\n"
    assert runner.tried(step["run"], **runner.at(first) | {"GITHUB_REF": "refs/heads/gone"}).returncode != 0
    for name, command in (("infra", "deploy infra up"), ("up", "deploy up")):
        (step,) = [it for it in jobs[name]["steps"] if command in it.get("run", "")]
        assert step["if"] == "steps.newest.outputs.current == 'true'"
    assert "needs.newest.outputs.current == 'true'" in jobs["up"]["if"]


@pytest.mark.parametrize("name", ["infra", "up"])
def test_an_older_pipeline_ends_before_it_does_anything(name: str, runner: Runner) -> None:
    first, newer = runner.pushed("a.txt"), runner.pushed("b.txt")
    script = "\n".join(read(GITLAB)[name]["script"])
    told = runner.run(script, **runner.at(first))
    assert told == f"main has moved on to {newer}: nothing is done for {first}\n"
    unknown = runner.tried(script, **runner.at(first) | {"CI_REPOSITORY_URL": "file:///no/such"})
    assert (unknown.returncode != 0, unknown.stdout) == (True, "")


@BOTH
def test_a_plan_that_breaks_off_leaves_no_file(path: Path, runner: Runner) -> None:
    scripts = [it for it in of_job(path, "plan") if "tee" in it]
    broken = runner.folder.parent / "bin"
    broken.mkdir()
    (broken / "deploy").write_text("#!/bin/sh\necho half a plan\nexit 6\n", "utf-8")
    (broken / "deploy").chmod(0o755)
    for it in scripts:
        assert runner.tried(it, PATH=f"{broken}{os.pathsep}{runner.env['PATH']}").returncode == 6
    left = {it.name for it in runner.folder.parent.rglob("*") if it.suffix in (".txt", ".md")}
    assert not left & {"plan.txt", "cost.md"}


def test_the_ground_trusts_the_subjects_of_its_jobs() -> None:
    """By default; a job of a GitHub environment has another subject, and a role of its own."""
    jobs = read(GITHUB)["jobs"]
    trusted = Trusted(repository="acme/churn")
    assert "environment" not in {**jobs["plan"], **jobs["preview"], **jobs["up"], **jobs["guard"]}
    assert "pull_request" in trusted.planner
    assert "ref:refs/heads/main" in trusted.deployer
    assert read(GITHUB)[True]["push"]["branches"] == ["main"]  # `on` is a boolean in YAML 1.1
    assert jobs["infra"]["environment"] == "infra"


def test_no_run_is_cancelled_by_the_next_and_forks_get_no_role() -> None:
    jobs = read(GITHUB)["jobs"]
    for name in ("infra", "up", "guard"):
        assert jobs[name]["concurrency"]["cancel-in-progress"] is False
        assert jobs[name]["permissions"] == {"contents": "read", "id-token": "write"}
    assert len({jobs[name]["concurrency"]["group"] for name in ("infra", "up", "guard")}) == 3
    assert "head.repo.full_name == github.repository" in jobs["plan"]["if"]
    gitlab = read(GITLAB)
    for name in ("infra", "up", "guard"):
        assert gitlab[name]["resource_group"] == "prod"
    assert not gitlab["up"]["interruptible"]


def test_what_must_stop_well_is_the_steps_own_process() -> None:
    """GitHub signals that one alone ("Workflow cancellation reference"); a shell in between would keep it for itself."""
    for job in ("infra", "up"):
        assert any(script.splitlines()[-1].startswith("exec deploy ") for script in of_job(GITHUB, job))


def test_nothing_that_others_write_reaches_a_shell() -> None:
    """Text of a pull request in a `run` would be run."""
    assert not any("${{" in script for script in scripts(read(GITHUB)))
