"""The command line: slips, the default verb, shared options on either side, variables, and documents of failure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from fakes.shell import deploy, walk

from tradewind.cli.groups import DefaultGroup
from tradewind.cli.main import main
from tradewind.cli.options import asked

VERBS = [w for w in walk() if w not in (["train"], ["endpoint"], ["sandbox"])]
NEED_SPEC = [w for w in VERBS if w[0] in ("up", "plan", "down", "status", "history", "lock", "unlock", "train")]
NEED_SPEC += [["endpoint", n] for n in ("status", "connect", "logs", "rollback", "guard", "list")]


def ids(words: list[Sequence[str]]) -> list[str]:
    return [" ".join(w) for w in words]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("words", VERBS, ids=ids(VERBS))
def test_an_unknown_option_is_one_clear_error(words: Sequence[str]) -> None:
    said = deploy(*words, "--no-such-option")
    assert (said.code, said.out) == (2, "")
    assert "--no-such-option" in said.err
    assert "Traceback" not in said.err
    assert f"deploy {' '.join(words)} --help" in said.err


@pytest.mark.parametrize("words", VERBS, ids=ids(VERBS))
def test_with_json_the_slip_is_a_document_too(words: Sequence[str]) -> None:
    said = deploy(*words, "--output", "json", "--no-such-option")
    assert said.code == 2
    assert said.json["schema"] == "tradewind/error/1"
    assert (said.json["code"], said.json["kind"], said.json["exit"]) == ("TW002", "spec", 2)
    assert said.err.startswith("Error: ")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["pln"], "'plan'"),
        (["statsu"], "'status'"),
        (["endpoint", "rolback"], "'rollback'"),
        (["train", "runn"], "'run'"),
        (["plan", "--provder", "x"], "--provider"),
        (["up", "--alow-replace"], "--allow-replace"),
    ],
)
def test_did_you_mean(words: list[str], meant: str) -> None:
    said = deploy(*words)
    assert said.code == 2
    assert "did you mean" in said.err.lower()
    assert meant in said.err


def test_a_spec_given_as_a_verb_is_recognised() -> None:
    said = deploy("my/deploy.yaml")
    assert said.code == 2
    assert "-f my/deploy.yaml" in said.err


@pytest.mark.parametrize("words", NEED_SPEC, ids=ids(NEED_SPEC))
def test_without_a_spec_init_is_suggested(words: Sequence[str]) -> None:
    said = deploy(*words, "--output", "json")
    assert said.code == 2
    assert said.json["code"] == "TW003"
    assert "deploy init" in said.json["hint"]
    assert "There is no deploy.yaml in" in said.err


def test_a_file_that_is_not_there_is_named() -> None:
    said = deploy("plan", "-f", "other.yaml")
    assert said.code == 2
    assert "other.yaml" in said.err


class Recorder:
    """Stands in for every verb and notes what the shared options came to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.verb = ""
        self.found: dict[str, object] = {}
        real = click.Command.invoke

        def invoke(command: click.Command, ctx: click.Context) -> object:
            if isinstance(command, click.Group):
                return real(command, ctx)
            self.verb = ctx.command_path.removeprefix("deploy ")
            names = ("file", "provider", "env", "region", "set", "sandbox", "yes", "lock_timeout", "output", "debug")
            self.found = {name: asked(ctx).get(name) for name in names}
            self.own = dict(ctx.params)
            return None

        monkeypatch.setattr(click.Command, "invoke", invoke)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder(monkeypatch)


@pytest.mark.parametrize(
    "words",
    [
        ["--provider", "aws", "--env", "prod", "-f", "x.yaml", "--yes", "plan"],
        ["plan", "--provider", "aws", "--env", "prod", "-f", "x.yaml", "--yes"],
        ["--provider", "aws", "plan", "--env=prod", "--file", "x.yaml", "-y"],
        ["--provider", "gcp", "--yes", "plan", "--provider", "aws", "--env", "prod", "-fx.yaml"],
    ],
)
def test_shared_options_work_on_either_side_of_the_verb(recorder: Recorder, words: list[str]) -> None:
    assert deploy(*words).code == 0
    assert recorder.verb == "plan"
    found = recorder.found
    assert (found["provider"], found["env"], found["file"], found["yes"]) == ("aws", "prod", "x.yaml", True)


def test_in_groups_too(recorder: Recorder) -> None:
    assert deploy("--env", "a", "train", "--provider", "local", "status", "--region", "r", "job-1").code == 0
    assert recorder.verb == "train status"
    assert (recorder.found["env"], recorder.found["provider"], recorder.found["region"]) == ("a", "local", "r")
    assert recorder.own["name"] == "job-1"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--provider", "aws"],
        ["-f", "plan", "--env", "prod"],
        ["--locked", "--accept", "status"],
        ["--set", "train.parameters.a=down"],
        ["-y"],
        ["--unprotect=down", "--allow-replace"],
    ],
)
def test_no_verb_means_up_whatever_the_options_values_look_like(recorder: Recorder, words: list[str]) -> None:
    assert deploy(*words).code == 0
    assert recorder.verb == "up"


def test_set_gathers_in_order_from_both_sides_and_replaces_the_variable(recorder: Recorder) -> None:
    env = {"TRADEWIND_SET": "a=0 b=0"}
    assert deploy("--set", "a=1", "plan", "--set", "a=2", "--set", "c=3", env=env).code == 0
    assert recorder.found["set"] == ("a=1", "a=2", "c=3")
    assert deploy("plan", "--set", "a=1", env=env).code == 0
    assert recorder.found["set"] == ("a=1",)
    assert deploy("plan", env=env).code == 0
    assert recorder.found["set"] == ("a=0", "b=0")
    assert deploy("plan").code == 0
    assert recorder.found["set"] is None


@pytest.mark.parametrize(
    ("name", "value", "key", "want"),
    [
        ("FILE", "z.yaml", "file", "z.yaml"),
        ("PROVIDER", "gcp", "provider", "gcp"),
        ("ENV", "prod", "env", "prod"),
        ("REGION", "eu-west-1", "region", "eu-west-1"),
        ("OUTPUT", "ndjson", "output", "ndjson"),
        ("LOCK_TIMEOUT", "3m", "lock_timeout", "3m"),
        ("YES", "1", "yes", True),
        ("DEBUG", "true", "debug", True),
        ("SANDBOX", "1", "sandbox", True),
    ],
)
def test_each_shared_option_has_a_variable(recorder: Recorder, name: str, value: str, key: str, want: object) -> None:
    assert deploy("plan", env={f"TRADEWIND_{name}": value}).code == 0
    assert recorder.found[key] == want


def test_the_command_line_wins_over_a_variable(recorder: Recorder) -> None:
    env = {"TRADEWIND_PROVIDER": "gcp"}
    assert deploy("--provider", "aws", "plan", env=env).code == 0
    assert recorder.found["provider"] == "aws"


def test_a_bad_value_of_a_variable_is_a_usage_error() -> None:
    said = deploy("plan", env={"TRADEWIND_OUTPUT": "yaml"})
    assert said.code == 2
    assert "yaml" in said.err


def test_invoke_keeps_file_for_the_request_and_f_for_the_spec(recorder: Recorder) -> None:
    assert deploy("endpoint", "invoke", "-f", "spec.yaml", "--file", "request.json").code == 0
    assert recorder.found["file"] == "spec.yaml"
    assert recorder.own["body"] == Path("request.json")


def test_help_anywhere_before_a_verb_is_the_roots() -> None:
    assert deploy("--provider", "aws", "--help").out.startswith("Usage: deploy [OPTIONS] COMMAND")


def test_lock_timeout_is_a_duration() -> None:
    Path("deploy.yaml").write_text("name: x\n")
    said = deploy("up", "--yes", "--lock-timeout", "10")
    assert said.code == 2
    assert "--lock-timeout" in said.err


def test_the_root_is_a_click_group_that_others_can_mount() -> None:
    assert isinstance(main, DefaultGroup)
    with pytest.raises(click.UsageError):
        main.main(["nonsense"], prog_name="deploy", standalone_mode=False)


def test_output_mode_is_known_even_where_the_line_is_broken() -> None:
    for words in (["nonsense", "-o", "json"], ["-ojson", "nonsense"], ["nonsense", "--output=json"]):
        assert json.loads(deploy(*words).out)["code"] == "TW002"
    assert json.loads(deploy("nonsense", env={"TRADEWIND_OUTPUT": "json"}).out)["exit"] == 2


def test_an_unknown_provider_comes_with_the_other_problems_of_the_file(empty_folder: Path) -> None:
    (empty_folder / "deploy.yaml").write_text("name: a\nprovider: loca\ntrain: {command: x, nodess: 2}\n")
    said = deploy("plan")
    assert (said.code, said.out) == (2, "")
    assert "deploy.yaml:2:11: provider: is no provider that is installed" in said.err
    assert "did you mean 'local'?" in said.err
    assert "deploy.yaml:3:21: train.nodess: unknown key (did you mean 'nodes'?)" in said.err
