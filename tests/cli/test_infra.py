"""`deploy infra` over a ground that is a fake: what is asked, shown, refused, published and answered."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fakes.shell import deploy

from tradewind.cli import asking, infra_engine, infra_living
from tradewind.cli.schemas import schemas
from tradewind.home import published
from tradewind.infra.adapter import command as adapter_command
from tradewind.infra.adapter import stack as stacks
from tradewind.infra.adapter.how import How
from tradewind.infra.adapter.importing import Import
from tradewind.infra.adapter.workspace import Place
from tradewind.infra.checks import Resource
from tradewind.infra.results import Lock, Op, Outcome, Standing, Step, Told
from tradewind.spec.lock import DeployLock
from tradewind.values import Event

ROOT = "s3://acme-ml/tradewind"
GIVES: Mapping[str, object] = {"root": ROOT, "region": "eu-west-1", "outputs": {"runtime": "arn:aws:iam::1:role/r"}}
SCHEMAS = schemas()


def step(op: Op, name: str = "tradewind-bucket", **more: Any) -> Step:
    urn = f"urn:pulumi:dev::tradewind::tradewind:aws:Foundation$aws:s3/bucket:Bucket::{name}"
    return Step(op, urn, "aws:s3/bucket:Bucket", name, **more)


@dataclass
class Fake:
    """Takes the place of Ground; `called` is what reached it."""

    steps: tuple[Step, ...] = (step("create"),)
    gives: Mapping[str, object] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    held: Lock | None = None
    stands: tuple[Standing, ...] = ()
    would: tuple[Resource, ...] = ()
    fails: Exception | None = None
    told: tuple[Told, ...] = ()
    new_words: bool = False
    called: list[tuple[str, Any]] = field(default_factory=list)
    place: Place | None = None
    report: Callable[[Event], None] = lambda _event: None

    def _did(self, verb: str, what: object, gives: Mapping[str, object] = {}) -> Outcome:
        self.called.append((verb, what))
        self.report(Event(datetime.now(UTC), "infra.resource", "tradewind-bucket", "creating"))
        if self.fails is not None and verb not in ("preview", "outputs"):
            raise self.fails
        assert self.place is not None
        return Outcome(self.place.stack, self.steps, self.told, 1.5, gives, self.hidden, self.would)

    def preview(self, how: How) -> Outcome:
        return self._did("preview", how)

    def up(self, how: How) -> Outcome:
        return self._did("up", how, {**GIVES, **dict.fromkeys(self.hidden, "hunter2")})

    def refresh(self, how: How) -> Outcome:
        return self._did("refresh", how)

    def drift(self) -> Outcome:
        return self._did("drift", None)

    def destroy(self, how: How) -> Outcome:
        return self._did("destroy", how)

    def import_(self, rows: Sequence[Import]) -> Outcome:
        return self._did("import", tuple(rows))

    def outputs(self) -> Mapping[str, object]:
        return self.gives

    def standing(self) -> tuple[Standing, ...]:
        return self.stands

    def config(self) -> Mapping[str, str]:
        assert self.place is not None
        return self.place.config

    def unkept(self) -> bool:
        return self.new_words

    def secret_names(self) -> tuple[str, ...]:
        return self.hidden

    def lock(self) -> Lock | None:
        return self.held

    def cancel(self) -> None:
        self.called.append(("cancel", None))

    @property
    def verbs(self) -> list[str]:
        return [verb for verb, _ in self.called]


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Fake:
    fake = Fake()

    def opened(place: Place, report: Callable[[Event], None] = lambda _event: None, _stop: object = None) -> Fake:
        fake.place, fake.report = place, report
        return fake

    monkeypatch.setattr(stacks.Ground, "open", opened)
    monkeypatch.setattr(infra_engine, "needs_extra", lambda _site: None)
    monkeypatch.setattr(infra_engine, "needs_command", lambda _cli: None)
    monkeypatch.setenv("TRADEWIND_HOME", str(tmp_path / "home"))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return fake


def spec(**more: Any) -> None:
    whole = {
        "name": "churn",
        "provider": "aws",
        "aws": {"region": "eu-west-1"},
        "serve": {"model": "./model", "handler": "serve.py"},
        "environments": {"prod": {"foundation": {"stack": "ground-prod"}}, "test": {}},
        **more,
    }
    Path("model").mkdir(exist_ok=True)
    Path("serve.py").touch()
    Path("deploy.yaml").write_text(json.dumps(whole))


def document(*words: str) -> dict[str, Any]:
    said = deploy(*words, "-o", "json")
    noun = said.json["schema"].split("/")[1]
    jsonschema.validate(said.json, SCHEMAS[noun])
    return {**said.json, "exit_code": said.code}


AWS = ("--provider", "aws", "--region", "eu-west-1")


def test_a_preview_changes_nothing_and_says_so_by_its_exit(ground: Fake) -> None:
    assert deploy("infra", "preview", *AWS).code == 0
    assert deploy("infra", "preview", *AWS, "--exit-code").code == 3
    ground.steps = (step("same"),)
    assert deploy("infra", "preview", *AWS, "--exit-code").code == 0
    assert ground.verbs == ["preview"] * 3


def test_a_document_has_steps_without_values(ground: Fake) -> None:
    ground.steps = (step("replace", replaced_by=("bucket",)), step("same", "other"))
    found = document("infra", "preview", *AWS)
    assert (found["did"], found["stack"], found["cloud"], found["changes"]) == ("previewed", "dev", "aws", 1)
    assert found["steps"][0]["replaced_by"] == ["bucket"]
    assert found["next"] == ["deploy infra up --provider aws --region eu-west-1"]


def test_the_stack_is_the_specs_then_the_environments_then_dev(ground: Fake) -> None:
    spec()
    for words, stack in (([], "dev"), (["--env", "test"], "test"), (["--env", "prod"], "ground-prod")):
        deploy("infra", "preview", *words)
        assert ground.place is not None
        assert ground.place.stack == stack
    deploy("infra", "preview", "--env", "prod", "--stack", "mine")
    assert ground.place.stack == "mine"


def test_the_configuration_comes_from_the_spec_and_c_wins(ground: Fake) -> None:
    spec(secrets=["HF_TOKEN"], tags={"team": "growth"})
    deploy("infra", "preview", "-c", "log_days=7", "-c", "log_days=90", "--env", "test")
    assert ground.place is not None
    assert ground.place.folder is None
    assert ground.place.config == {
        "cloud": "aws",
        "region": "eu-west-1",
        "projects": '["churn"]',
        "secrets": '["HF_TOKEN"]',
        "tags": '{"team": "growth"}',
        "log_days": "90",
    }


def test_a_slip_in_the_configuration_is_told_before_anything_is_opened(ground: Fake) -> None:
    said = deploy("infra", "preview", *AWS, "-c", "log_dayz=3", "-o", "json")
    assert (said.code, said.json["code"]) == (2, "TW801")
    assert "log_days" in said.err
    assert ground.place is None
    assert deploy("infra", "preview", *AWS, "-c", "log_days").code == 2
    assert deploy("infra", "preview").code == 2
    assert deploy("infra", "preview", "--provider", "awz").code == 2


def test_where_a_pulumi_project_lies_its_program_is_run(ground: Fake) -> None:
    Path("Pulumi.yaml").touch()
    deploy("infra", "preview")
    assert ground.place is not None
    assert (ground.place.folder, ground.place.config) == (Path.cwd(), {})
    deploy("infra", "preview", "-c", "mine:key=a=b", "--region", "eu-west-1")
    assert ground.place.config == {"mine:key": "a=b", "region": "eu-west-1"}
    Path("empty").mkdir()
    assert deploy("infra", "preview", "-C", "empty").code == 2


def test_up_asks_and_without_a_terminal_wants_yes(ground: Fake) -> None:
    said = deploy("infra", "up", *AWS, "-o", "json")
    assert (said.code, said.json["code"]) == (2, "TW004")
    assert ground.verbs == ["preview"]


@pytest.mark.parametrize(("answer", "code", "verbs"), [("", 1, ["preview"]), ("y", 0, ["preview", "up"])])
def test_enter_alone_means_no(
    ground: Fake, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, verbs: list[str]
) -> None:
    monkeypatch.setattr("tradewind.cli.output.Output.can_ask", property(lambda _self: True))
    assert asking.NOBODY == "TW004"
    said = deploy("infra", "up", *AWS, stdin=f"{answer}\n")
    assert (said.code, ground.verbs) == (code, verbs)
    assert "+ tradewind-bucket" in said.err
    assert "Do this to stack dev on AWS?" in said.err


def test_up_publishes_what_deploy_reads(ground: Fake) -> None:
    spec()
    found = document("infra", "up", "--env", "prod", "--yes")
    assert (found["exit_code"], found["did"], found["outputs"]["root"]) == (0, "changed", ROOT)
    kept = json.loads(published("ground-prod").read_text())
    assert (kept["root"], kept["outputs"]) == (ROOT, GIVES["outputs"])
    target = DeployLock.read(Path.cwd()).target("prod", "aws")
    assert target is not None
    assert target.foundation is not None
    assert target.foundation.root == ROOT
    assert found["published"] == [str(published("ground-prod")), str(Path.cwd() / "deploy.lock")]
    assert found["next"] == ["deploy plan --env prod", "deploy infra outputs --env prod"]


def test_up_where_nothing_is_to_do_asks_nothing_and_publishes_all_the_same(ground: Fake) -> None:
    ground.steps, ground.gives = (step("same"),), GIVES
    found = document("infra", "up", *AWS)
    assert (found["exit_code"], found["did"], ground.verbs) == (0, "nothing", ["preview"])
    assert published("dev").is_file()


@pytest.mark.parametrize(
    ("op", "code", "flag"), [("replace", "TW052", "--allow-replace"), ("delete", "TW053", "--allow-delete")]
)
def test_yes_never_covers_replacing_or_deleting(ground: Fake, op: Op, code: str, flag: str) -> None:
    ground.steps = (step(op),)
    said = deploy("infra", "up", *AWS, "--yes", "-o", "json")
    assert (said.code, said.json["code"], said.json["hint"]) == (2, code, f"to go on: {flag}")
    assert "tradewind-bucket" in said.json["message"]
    assert ground.verbs == ["preview"]
    assert deploy("infra", "up", *AWS, "--yes", flag).code == 0
    assert ground.verbs == ["preview", "preview", "up"]


def test_a_secret_is_named_and_never_printed(ground: Fake) -> None:
    ground.hidden = ("password",)
    ground.gives = {**GIVES, "password": "hunter2"}
    for words in (["up", "--yes"], ["outputs"]):
        for form in ("table", "json"):
            said = deploy("infra", *words, *AWS, "-o", form)
            assert said.code == 0
            assert "password" in said.out
            assert "hunter2" not in said.out + said.err
    assert "hunter2" not in published("dev").read_text()


def test_what_a_preview_names_next_does_what_was_shown(ground: Fake) -> None:
    words = ["-c", 'network={"nat": true}', "--target", "urn:a", "--replace", "urn:b", "--refresh"]
    (step,) = document("infra", "preview", *AWS, "--stack", "prod", *words)["next"]
    assert shlex.split(step)[:3] == ["deploy", "infra", "up"]
    assert shlex.split(step)[-len(words) - 2 :] == ["--stack", "prod", *words]


def test_of_a_program_of_ones_own_no_value_is_repeated(ground: Fake) -> None:
    Path("Pulumi.yaml").touch()
    (step,) = document("infra", "preview", "-c", "word=hunter2")["next"]
    assert "hunter2" not in step


def test_what_fails_names_the_command_for_the_same_stack(ground: Fake) -> None:
    deploy("infra", "preview", *AWS, "--stack", "prod")
    assert ground.place is not None
    assert ground.place.again("unlock") == "deploy infra unlock --provider aws --region eu-west-1 --stack prod"


@pytest.mark.parametrize(("flag", "value"), [("--backend", "S3//state"), ("--backend", "s4://state"), ("--backend", "file://[a"),
                                             ("--secrets-provider", "awskm://key")])  # fmt: skip
def test_a_slip_in_an_address_is_no_service_to_sign_in_to(ground: Fake, flag: str, value: str) -> None:
    said = deploy("infra", "preview", *AWS, flag, value, "-o", "json")
    assert (said.code, said.json["problems"][0]["path"]) == (2, flag)
    assert ground.place is None


def test_what_the_environment_says_is_no_more_than_a_default(ground: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    deploy("infra", "preview", "--provider", "aws")
    assert ground.place is not None
    assert (dict(ground.place.config), dict(ground.place.defaults)) == ({"cloud": "aws"}, {"region": "us-west-2"})


def test_a_stack_that_keeps_its_region_need_not_be_told_again(ground: Fake, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "infra" / "tradewind"
    folder.mkdir(parents=True)
    (folder / "Pulumi.kept.yaml").write_text("config: {tradewind:cloud: aws, tradewind:region: eu-west-1}")
    assert deploy("infra", "preview", "--stack", "kept").code == 0
    assert deploy("infra", "preview", "--provider", "aws", "--stack", "other").code == 2
    shared = ("--provider", "aws", "--stack", "other", "--backend", "s3://acme-state")
    assert deploy("infra", "preview", *shared).code == 0  # the backend may know
    assert deploy("infra", "preview", *shared, "--region", "eu-west-1", "-c", "log_dayz=3").code == 2


def test_what_only_looks_frees_or_removes_asks_for_no_configuration(ground: Fake, tmp_path: Path) -> None:
    """Of a stack that another machine made, on a backend that both reach."""
    for words in (["outputs"], ["drift"], ["unlock", "--yes"], ["destroy", "--yes"]):
        assert deploy("infra", *words, "--provider", "gcp", "--stack", "far").code in (0, 3)
    kept = tmp_path / "home" / "infra" / "tradewind" / "Pulumi.far.yaml"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("config:\n  tradewind:cloud: gcp\n")
    assert deploy("infra", "outputs", "--stack", "far").code == 0  # the stack says which cloud it is of


def test_a_state_on_a_runner_alone_is_warned_of(ground: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "nobody"))
    assert "kept on this runner alone" in deploy("infra", "up", *AWS, "--yes").err
    assert "alone" not in deploy("infra", "up", *AWS, "--yes", "--backend", "s3://acme-state").err
    assert "alone" not in deploy("infra", "up", "--provider", "local", "--yes").err
    monkeypatch.setenv("CI", "")
    assert "alone" not in deploy("infra", "up", *AWS, "--yes").err


def test_closed_streams_are_none_to_fall_over(ground: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    infra_engine._streams()
    assert sys.stdout is not None
    sys.stdout.close()


def test_a_stop_is_the_end_of_the_command(ground: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where Pulumi ended all that was under way before it heard of it."""
    spec()

    def stopped(how: How) -> Outcome:
        os.kill(os.getpid(), signal.SIGINT)
        return ground._did("preview", how)

    monkeypatch.setattr(ground, "preview", stopped)
    said = deploy("infra", "up", "--yes", "-o", "json")
    assert (said.code, said.json["code"]) == (130, "TW816")
    assert [verb for verb, _ in ground.called] == ["preview"]


def test_up_keeps_what_it_was_told_though_nothing_changes_by_it(ground: Fake) -> None:
    ground.steps, ground.new_words = (), True
    assert document("infra", "up", *AWS, "-c", "log_days=90")["did"] == "nothing"
    assert ground.verbs == ["preview", "up"]


def test_flags_reach_the_engine(ground: Fake) -> None:
    deploy(
        "infra", "preview", *AWS, "--target", "u1", "--target", "u2", "--replace", "u3", "--parallel", "4", "--refresh"
    )
    assert ground.called[-1][1] == How(("u1", "u2"), ("u3",), 4, True)
    deploy("infra", "preview", *AWS, "--lock-timeout", "90s")
    assert ground.called[-1][1].wait.total_seconds() == 90
    deploy("infra", "preview", *AWS, "--backend", "s3://state", "--secrets-provider", "awskms://alias/k")
    assert ground.place is not None
    assert (ground.place.backend, ground.place.secrets_provider) == ("s3://state", "awskms://alias/k")


def test_drift_ends_with_three_where_something_differs(ground: Fake) -> None:
    ground.steps = (step("update", changed=("tags.team",)),)
    found = document("infra", "drift", *AWS)
    assert (found["exit_code"], found["did"], found["steps"][0]["changed"]) == (3, "compared", ["tags.team"])
    ground.steps = (step("same"),)
    assert document("infra", "drift", *AWS)["exit_code"] == 0


def test_drift_says_what_became_of_it_and_not_what_would_be_done(ground: Fake) -> None:
    ground.steps = (step("update"), step("delete", "tradewind-planner"))
    said = deploy("infra", "drift", *AWS).out
    assert ": 1 changed, 1 gone" in said
    assert "to delete" not in said


def test_refresh_asks(ground: Fake) -> None:
    assert deploy("infra", "refresh", *AWS).code == 2
    assert document("infra", "refresh", *AWS, "--yes")["did"] == "refreshed"
    assert deploy("infra", "refresh", *AWS, "--refresh", "--yes").code == 2


def test_a_destroy_may_look_first(ground: Fake) -> None:
    assert deploy("infra", "destroy", *AWS, "--refresh", "--yes").code == 0
    (how,) = [what for verb, what in ground.called if verb == "destroy"]
    assert how.destroying() == {"refresh": True}


def test_ndjson_has_events_and_ends_with_the_document(ground: Fake) -> None:
    lines = deploy("infra", "preview", *AWS, "-o", "ndjson").lines
    assert [line["schema"] for line in lines] == ["tradewind/event/1", "tradewind/infra/1"]


def test_destroy_refuses_while_something_lives_and_force_names_it(
    ground: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec()
    ground.steps, ground.gives = (step("delete"),), GIVES
    monkeypatch.setattr(infra_living, "_living", lambda *_: ("endpoint churn-prod", "job churn-1"))
    said = deploy("infra", "destroy", "--env", "prod", "--yes", "-o", "json")
    assert (said.code, said.json["code"], said.json["hint"]) == (2, "TW862", "deploy down --env prod")
    assert "endpoint churn-prod, job churn-1" in said.json["message"]
    assert ground.called == []
    forced = deploy("infra", "destroy", "--env", "prod", "--yes", "--force")
    assert (forced.code, ground.verbs) == (0, ["destroy"])
    assert "endpoint churn-prod" in forced.err


def test_destroy_takes_back_what_was_published(ground: Fake) -> None:
    spec(environments={"prod": {}})
    assert deploy("infra", "up", "--env", "prod", "--yes").code == 0
    ground.gives, ground.steps = GIVES, (step("delete"),)
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr(infra_living, "_living", lambda *_: ())
        assert deploy("infra", "destroy", "--env", "prod").code == 2
        assert published("prod").is_file()
        assert deploy("infra", "destroy", "--env", "prod", "--yes").code == 0
    assert not published("prod").exists()
    target = DeployLock.read(Path.cwd()).target("prod", "aws")
    assert target is None or target.foundation is None


def test_nothing_lives_where_there_is_no_ground_to_ask(ground: Fake) -> None:
    spec()
    ground.steps = ()
    assert document("infra", "destroy", "--env", "test", "--yes")["did"] == "nothing"


def test_what_keeps_the_ground_is_told_before_anything_is_removed(
    ground: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Pulumi would delete all the rest, and fail at the bucket."""
    monkeypatch.setattr(infra_living, "_living", lambda *_: ())
    root = tmp_path / "bucket"
    (root / "churn" / "prod").mkdir(parents=True)
    (root / "foundation.json").touch()
    ground.gives = {**GIVES, "root": root.as_uri()}
    one = Standing("urn:b", "aws:s3/bucket:Bucket", "tradewind-bucket", keeps=True)
    ground.stands = (replace(one, protected=True), Standing("urn:r", "aws:iam/role:Role", "tradewind-planner"))
    said = deploy("infra", "destroy", *AWS, "--yes", "-o", "json")
    assert (said.code, said.json["code"], ground.verbs) == (2, "TW863", [])
    assert said.json["message"] == "tradewind-bucket is protected; nothing was removed"
    assert said.json["hint"].startswith("deploy infra up -c protect=false --provider aws")
    assert deploy("infra", "destroy", *AWS, "--target", "urn:r", "--yes").code == 0

    ground.stands, ground.called = (one,), []
    (root / "churn" / "prod" / "model").touch()
    said = deploy("infra", "destroy", *AWS, "--yes", "-o", "json")
    assert (said.code, ground.verbs) == (2, [])
    assert "up -c keep_objects=false" in said.json["hint"]
    (root / "churn" / "prod" / "model").unlink()
    assert deploy("infra", "destroy", *AWS, "--yes").code == 0


def test_unlock_shows_whose_it_is(ground: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    assert document("infra", "unlock", *AWS)["changed"] is False
    ground.held = Lock("ada@ci (pid 7)", datetime(2026, 1, 2, tzinfo=UTC))
    assert deploy("infra", "unlock", *AWS).code == 2
    assert ground.called == []
    monkeypatch.setattr("tradewind.cli.output.Output.can_ask", property(lambda _self: True))
    assert "ada@ci (pid 7)" in deploy("infra", "unlock", *AWS, stdin="n\n").err
    found = document("infra", "unlock", *AWS, "--yes")
    assert (found["changed"], found["by"], ground.verbs) == (True, "ada@ci (pid 7)", ["cancel"])


def test_unlock_claims_no_lock_that_a_bucket_did_not_tell_of(ground: Fake) -> None:
    ground.held = Lock()
    said = deploy("infra", "unlock", *AWS)
    assert said.code == 2
    assert "Whether the stack is locked" in said.err


def test_import_takes_rows_and_files(ground: Fake) -> None:
    Path("rows.txt").write_text("# all of it\naws:kms/key:Key tradewind-key 1234  # the key\n\n")
    assert deploy("infra", "import", "T", "n", "i", "--file", "rows.txt", *AWS, "--yes").code == 0
    assert ground.called == [("import", (Import("T", "n", "i"), Import("aws:kms/key:Key", "tradewind-key", "1234")))]
    assert deploy("infra", "import", "T", "n", *AWS, "--yes").code == 2
    assert deploy("infra", "import", *AWS, "--yes").code == 2
    assert deploy("infra", "import", "--file", "absent.txt", *AWS, "--yes").code == 2


def test_errors_of_the_program_are_shown(ground: Fake) -> None:
    ground.told = (Told("warning", "no alarm for p95"), Told("info", "chatter"))
    said = deploy("infra", "preview", *AWS)
    assert "no alarm for p95" in said.out
    assert "chatter" not in said.out


def test_without_the_extra_it_says_what_to_install(ground: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(infra_engine, "find_spec", lambda _name: None)
    said = deploy("infra", "preview", *AWS, "-o", "json")
    assert (said.code, said.json["kind"], said.json["code"]) == (1, "missing", "TW860")
    assert said.json["hint"].startswith("pip install 'tradewind[infra]'")
    assert ground.place is None


@dataclass
class Command:
    path: Path | None = None
    installed: int = 0

    def find(self) -> Path | None:
        return self.path

    def install(self) -> Path:
        self.installed += 1
        self.path = Path("/opt/pulumi")
        return self.path


def test_without_the_command_line_it_asks_and_never_by_yes(
    ground: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command = Command()
    with pytest.MonkeyPatch.context() as patch:
        monkeypatch.undo()
        patch.setattr(adapter_command, "find", command.find)
        patch.setattr(adapter_command, "install", command.install)
        patch.chdir(tmp_path)
        patch.setattr(stacks.Ground, "open", lambda place, *_more: replace_place(ground, place))
        patch.setattr(infra_engine, "needs_extra", lambda _site: None)
        said = deploy("infra", "up", *AWS, "--yes", "-o", "json")
        assert (said.code, said.json["code"], command.installed) == (2, "TW861", 0)
        patch.setattr("tradewind.cli.output.Output.can_ask", property(lambda _self: True))
        assert deploy("infra", "preview", *AWS, stdin="\n").code == 1
        assert command.installed == 0
        assert deploy("infra", "preview", *AWS, stdin="y\n").code == 0
        assert command.installed == 1


def replace_place(fake: Fake, place: Place) -> Fake:
    fake.place = replace(place)
    return fake


@pytest.mark.parametrize("cloud", ["gcp", "azure"])
def test_the_sandbox_has_providers_and_a_state_of_its_own(ground: Fake, cloud: str) -> None:
    pytest.importorskip("pulumi")
    Path("Pulumi.yaml").touch()  # a program of one's own could reach a real cloud
    found = document("infra", "up", "--provider", cloud, "--sandbox", "--yes")
    assert (found["exit_code"], found["emulated"], found["published"]) == (0, True, [])
    place = ground.place
    assert place is not None
    assert place.folder is None
    assert place.backend.startswith("file://")
    assert "/sandbox/infra/" in place.backend
    package = {"gcp": "gcp", "azure": "azure-native"}[cloud]
    assert place.environ["PULUMI_DEBUG_PROVIDERS"].startswith(f"{package}:")
    assert place.environ["PULUMI_CONFIG_PASSPHRASE"] == ""  # the real ground's has no part in it
    assert place.defaults["protect"] == "false"
    assert not published("dev").exists()


@pytest.mark.parametrize("words", [["-C", "."], ["--backend", "s3://state"], ["--secrets-provider", "awskms://k"]])
def test_the_sandbox_takes_nothing_of_the_real_ground(ground: Fake, words: list[str]) -> None:
    Path("Pulumi.yaml").touch()
    said = deploy("infra", "preview", "--provider", "gcp", "--sandbox", *words, "-o", "json")
    assert (said.code, said.json["problems"][0]["path"]) == (2, words[0])
    assert ground.place is None


def test_this_machine_is_never_emulated(ground: Fake, tmp_path: Path) -> None:
    found = document("infra", "up", "--provider", "local", "--sandbox", "--yes")
    assert found["emulated"] is False
    assert ground.place is not None
    assert ground.place.defaults["folder"] == str(tmp_path / "home" / "infra" / "ground" / "dev")
