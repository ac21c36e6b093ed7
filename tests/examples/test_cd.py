"""The examples of continuous deployment: their commands are ones that the command line takes, and do what they are there for."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes.shell import deploy

CD = Path(__file__).parents[2] / "examples" / "cd"
GITHUB, GITLAB = CD / "github" / "deploy.yml", CD / "gitlab" / ".gitlab-ci.yml"


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def scripts(value: Any) -> Iterator[str]:
    """Every shell script of a workflow: `run` and `script`, wherever they stand."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in ("run", "script"):
                yield from [inner] if isinstance(inner, str) else inner
            else:
                yield from scripts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scripts(inner)


def commands(path: Path) -> list[str]:
    """Each once, without where its output goes."""
    lines = [line.strip() for script in scripts(read(path)) for line in script.splitlines()]
    return list(dict.fromkeys(line.split(" > ")[0] for line in lines if line.startswith("deploy ")))


WANTED = {
    "deploy plan --env prod",
    "deploy cost compare --env prod --output markdown",
    "deploy infra up --env prod --yes",
    "deploy up --env prod --yes --locked",
    "deploy endpoint guard --env prod",
}


@pytest.mark.parametrize("path", [GITHUB, GITLAB], ids=["github", "gitlab"])
def test_both_do_the_same(path: Path) -> None:
    assert set(commands(path)) == WANTED


@pytest.mark.parametrize("command", sorted(WANTED))
def test_the_command_line_takes_it(command: str) -> None:
    """`--help` is answered only where every option before it is known."""
    done = deploy(*shlex.split(command)[1:], "--help")
    if command.startswith("deploy infra") and "No such command 'infra'" in done.err:
        pytest.skip("this command line has no `infra` yet")
    assert done.code == 0, done.err
    refused = deploy(*shlex.split(command)[1:], "--no-such-flag", "--help")
    assert refused.code == 2


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_commands_run_on_this_machine(tmp_path: Path) -> None:
    """A pull request, its merge twice, and the guard; `local` in the place of the cloud."""
    env = {**os.environ, "TRADEWIND_PROVIDER": "local", "TRADEWIND_HOME": str(tmp_path / "home"), "NO_COLOR": "1"}

    def ran(command: str) -> str:
        done = subprocess.run(
            shlex.split(command), cwd=tmp_path / "it", env=env, capture_output=True, text=True, timeout=200, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    (tmp_path / "it").mkdir()
    ran("deploy init")
    spec = tmp_path / "it" / "deploy.yaml"
    if not re.search(r"^environments:", spec.read_text("utf-8"), re.MULTILINE):
        spec.write_text(spec.read_text("utf-8") + "\nenvironments:\n  prod: {}\n", "utf-8")
    try:
        ran("deploy lock --env prod")
        assert ran("deploy plan --env prod")
        assert "|" in ran("deploy cost compare --env prod --output markdown")
        ran("deploy up --env prod --yes --locked")
        ran("deploy up --env prod --yes --locked")
        ran("deploy endpoint guard --env prod")
    finally:
        subprocess.run(
            ["deploy", "down", "--env", "prod", "--yes"], cwd=tmp_path / "it", env=env, capture_output=True, timeout=100
        )


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


def test_nothing_that_others_write_reaches_a_shell() -> None:
    """Text of a pull request in a `run` would be run."""
    for script in scripts({name: job for name, job in read(GITHUB)["jobs"].items()}):
        if "github.rest" not in script:
            assert "${{" not in script


def test_hadolint_finds_nothing() -> None:
    tool = shutil.which("hadolint", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if tool is None:
        pytest.skip("no hadolint on this machine")
    done = subprocess.run([tool, str(CD / "Dockerfile")], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert "USER 1000:1000" in (CD / "Dockerfile").read_text("utf-8")


def test_actionlint_finds_nothing() -> None:
    tool = shutil.which("actionlint", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if tool is None:
        pytest.skip("no actionlint on this machine")
    done = subprocess.run([tool, str(GITHUB)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "")


class Notes(BaseHTTPRequestHandler):
    """As much of GitLab's notes as the comment uses; two a page."""

    kept: list[dict[str, Any]]

    def do_GET(self) -> None:
        page = int(re.findall(r"[?&]page=(\d+)", self.path)[0])
        rows = self.kept[(page - 1) * 2 : page * 2]
        self._answer(rows, str(page + 1) if len(self.kept) > page * 2 else "")

    def do_POST(self) -> None:
        self.kept.append({"id": len(self.kept) + 1, **self._sent()})
        self._answer(self.kept[-1], "")

    def do_PUT(self) -> None:
        (note,) = [it for it in self.kept if it["id"] == int(self.path.rpartition("/")[2])]
        note.update(self._sent())
        self._answer(note, "")

    def _sent(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return found

    def _answer(self, value: Any, following: str) -> None:
        self.send_response(200)
        self.send_header("X-Next-Page", following)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def log_message(self, *_: Any) -> None:
        pass


def test_a_merge_requests_comment_is_updated_in_place(tmp_path: Path) -> None:
    kept = [{"id": at, "body": f"note {at}"} for at in (1, 2, 3)]
    server = HTTPServer(("127.0.0.1", 0), type("Here", (Notes,), {"kept": kept}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    env = {**os.environ, "CI_API_V4_URL": f"http://127.0.0.1:{server.server_port}", "CI_PROJECT_ID": "7",
           "CI_MERGE_REQUEST_IID": "1", "COMMENT_TOKEN": "x"}  # fmt: skip
    try:
        for said in ("create", "nothing to do"):
            (tmp_path / "plan.txt").write_text(said, "utf-8")
            (tmp_path / "cost.md").write_text("| a |", "utf-8")
            subprocess.run(
                [sys.executable, str(CD / "comment.py"), "plan.txt", "cost.md"],
                cwd=tmp_path,
                env=env,
                check=True,
                timeout=30,
            )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert len(kept) == 4
    assert "nothing to do" in str(kept[3]["body"])
    assert str(kept[3]["body"]).endswith("| a |")
