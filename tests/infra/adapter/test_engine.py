"""The adapter on the real engine: what stands, what is the same, whose lock it is, and what a stop and a kill leave."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from tests.infra.adapter import programs
from tests.sandbox.emulator import until
from tradewind.errors import FailedError, LockedError, RefusedError, SpecError
from tradewind.infra.adapter import passphrase, state
from tradewind.infra.adapter.how import How
from tradewind.infra.adapter.importing import Import
from tradewind.infra.adapter.stack import Ground
from tradewind.infra.adapter.workspace import Place
from tradewind.sandbox.pulumi import Attached, serve
from tradewind.values import Event

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="no `pulumi` on PATH: the real engine is not exercised"),
]


@pytest.fixture
def attached(tmp_path: Path) -> Iterator[Attached]:
    with serve(aws=None, gcp=True, azure=False, folder=tmp_path / "kept") as one:
        yield one


def ground(program: Callable[[], None], told: list[Event] | None = None, **more: object) -> Ground:
    place = Place("dev", program=program, **more)  # type: ignore[arg-type]  # the fields of a Place
    return Ground.open(place, (told if told is not None else []).append)


def test_a_stack_lives_without_an_account_and_its_passphrase_is_told_once() -> None:
    told: list[Event] = []
    first = ground(programs.plain, told)
    assert first.outputs() == {}
    with pytest.raises(SpecError, match="there is no stack 'dev'"):
        first.lock()
    assert [step.op for step in first.preview().changes] == ["create"]
    done = first.up()
    assert [step.name for step in done.changes] == ["thing"]
    assert done.outputs == {"root": "file:///somewhere"}
    assert done.secrets == ("word",)
    again = ground(programs.plain, told)
    assert again.up().changes == ()
    assert again.outputs() == {"root": "file:///somewhere"}
    assert again.secret_names() == ("word",)
    assert again.drift().changes == ()
    notes = [event.text for event in told if event.kind == "infra.note"]
    assert len(notes) == 1
    assert str(passphrase.path()) in notes[0]
    assert passphrase.path().stat().st_mode & 0o777 == 0o600
    assert [step.op for step in again.destroy().changes] == ["delete"]
    assert again.outputs() == {}


def test_a_preview_leaves_no_stack_behind(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    one = ground(programs.plain, backend=(tmp_path / "state").as_uri())
    assert [step.op for step in one.preview().changes] == ["create"]
    with pytest.raises(FailedError):
        ground(programs.failing, backend=(tmp_path / "state").as_uri()).preview()
    assert list((tmp_path / "state").rglob("dev*")) == []
    assert list(one.place.work.glob("Pulumi.dev.*")) == []
    one.up()
    assert one.lock() is None
    one.preview()
    assert [it.name for it in one.standing()] == ["thing"]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    (tmp_path / "state").mkdir()
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))
    options = {"toolchain": "uv", "virtualenv": sys.prefix}
    keys = {"a": {"type": "string"}, "mails": {"type": "array", "items": {"type": "string"}, "default": []}}
    project = {"name": "mine", "runtime": {"name": "python", "options": options}, "config": keys}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    (folder / "uv.lock").write_text("version = 1\n")
    exports = "pulumi.export('a', said.require('a'))\npulumi.export('m', said.get('mails'))\n"
    (folder / "__main__.py").write_text(f"import pulumi\nsaid = pulumi.Config()\n{exports}")
    (folder / "Pulumi.dev.yaml").write_text("config:\n  # by hand\n  mine:a: one\n")
    return folder


def own(folder: Path, **config: str) -> Ground:
    state = (folder.parent / "state").as_uri()
    return Ground.open(Place("dev", folder, config=config, backend=state, environ={"UV_OFFLINE": "1"}))


def test_a_checkouts_own_file_keeps_what_it_says_and_no_stack_is_selected(checkout: Path) -> None:
    own(checkout).preview()
    assert yaml.safe_load((checkout / "Pulumi.dev.yaml").read_text())["config"] == {"mine:a": "one"}
    assert list((checkout.parent / "pulumi").rglob("*-workspace.json")) == []
    assert own(checkout, mails='["ml@example.com"]').preview().changes == ()
    assert own(checkout, mails='["ml@example.com"]').up().outputs == {"a": "one", "m": '["ml@example.com"]'}
    said = (checkout / "Pulumi.dev.yaml").read_text()
    assert yaml.safe_load(said)["config"]["mine:mails"] == ["ml@example.com"]
    assert "# by hand" in said
    assert own(checkout).up().outputs == {"a": "one", "m": '["ml@example.com"]'}


def test_what_a_locked_out_run_was_told_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    place = {"backend": (tmp_path / "state").as_uri()}
    ground(programs.renamed, config={"root": "one"}, **place).up()
    locks = tmp_path / "state/.pulumi/locks/organization/tradewind/dev"
    locks.mkdir(parents=True, exist_ok=True)
    held = {"pid": 1, "username": "ann", "hostname": "build-7", "timestamp": "2026-11-25T09:30:00Z"}
    (locks / "1f0c.json").write_text(json.dumps(held))
    with pytest.raises(LockedError):
        ground(programs.renamed, config={"root": "two"}, **place).up()
    (locks / "1f0c.json").unlink()
    assert ground(programs.renamed, **place).up().outputs == {"root": "one"}


def test_two_backends_may_have_a_stack_of_one_name(tmp_path: Path) -> None:
    def on(name: str, **config: str) -> Ground:
        (tmp_path / name).mkdir(exist_ok=True)
        return ground(programs.shown, config=config, backend=(tmp_path / name).as_uri())

    on("a", root="a").up()
    on("b", root="b", env="b").up()
    assert on("a").up().outputs == {"root": "a"}
    assert on("c").up().outputs == {}


def test_what_another_folders_run_was_told_is_known(tmp_path: Path) -> None:
    """Two stack files for one state: of the newest update, whoever made it."""
    (tmp_path / "state").mkdir()

    def by(name: str, **config: str) -> Ground:
        return ground(programs.renamed, config=config, backend=(tmp_path / "state").as_uri(), settings=tmp_path / name)

    assert by("one", root="a").up().outputs == {"root": "a"}
    assert by("two", root="b").up().outputs == {"root": "b"}
    assert by("one").preview().changes == ()
    assert by("one").up().outputs == {"root": "b"}
    assert by("one", root="c").up().outputs == {"root": "c"}
    assert by("two").up().outputs == {"root": "c"}


def test_configuration_is_kept_and_a_stack_keeps_its_cloud() -> None:
    ground(programs.renamed, config={"root": "one", "cloud": "aws"}).up()
    assert ground(programs.renamed).up().outputs == {"root": "one"}
    with pytest.raises(RefusedError) as caught:
        ground(programs.renamed, config={"cloud": "gcp"}).preview()
    assert caught.value.code == "TW817"


def test_another_folder_of_this_machine_is_a_change(tmp_path: Path) -> None:
    def local(folder: str) -> Ground:
        return Ground.open(Place("dev", config={"cloud": "local", "folder": str(tmp_path / folder)}))

    local("one").up()
    assert [step.op for step in local("two").preview().changes] == ["update"]


def test_what_a_stack_was_told_is_known_on_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "state").mkdir()
    shared = {"backend": (tmp_path / "state").as_uri(), "environ": {"PULUMI_CONFIG_PASSPHRASE": "known to both"}}
    assert ground(programs.renamed, config={"root": "one", "protect": "false"}, **shared).up().outputs == {
        "root": "one"
    }
    monkeypatch.setenv("TRADEWIND_HOME", str(tmp_path / "elsewhere"))
    there = ground(programs.renamed, defaults={"root": "two"}, **shared)
    assert there.preview().changes == ()
    assert there.config() == {"root": "one", "protect": "false"}
    there.destroy()
    monkeypatch.setenv("TRADEWIND_HOME", str(tmp_path / "a-third"))
    new = ground(programs.renamed, **shared)
    new.preview()
    assert "protect" not in new.config()  # what was said to be rid of a ground is not said of the next


def test_what_deploy_yaml_no_longer_says_goes_and_what_was_said_by_hand_stays() -> None:
    mine = {"env": "by-hand"}
    ground(programs.shown, config={"root": "one", "tags": "{}", **mine}, of_spec=frozenset({"root", "tags"})).up()
    elsewhere = ground(programs.shown).up()  # no deploy.yaml says anything here
    assert elsewhere.outputs == {"root": "one", "tags": "{}", "env": "by-hand"}
    later = ground(programs.shown, config={"tags": "{}"}, of_spec=frozenset({"tags"}))
    assert later.config() == {"tags": "{}", **mine}
    later.preview()
    assert ground(programs.shown).config()["root"] == "one"  # a preview keeps nothing
    assert later.up().outputs == {"tags": "{}", "env": "by-hand"}
    last = ground(programs.shown, config={"tags": "mine"}, of_spec=frozenset())
    assert last.up().outputs == {"tags": "mine", "env": "by-hand"}
    assert ground(programs.shown, of_spec=frozenset()).up().outputs == {"tags": "mine", "env": "by-hand"}


def test_a_program_that_breaks_is_told_in_its_own_words() -> None:
    with pytest.raises(FailedError) as caught:
        ground(programs.failing).preview()
    assert "this program is broken" in caught.value.message


def test_what_a_cloud_refuses_is_told_in_its_words_and_goes_on(attached: Attached) -> None:
    attached.fail("gcp:storage/bucket:Bucket", "the bucket namespace is shared by all users")
    place = {"environ": attached.environ, "config": {"gcp:project": "acme"}}
    with pytest.raises(FailedError) as caught:
        ground(programs.bucket, **place).up()
    assert "bucket failed" in caught.value.message
    assert "namespace is shared by all users" in caught.value.message
    attached.fail("gcp:storage/bucket:Bucket", "")
    assert [step.name for step in ground(programs.bucket, **place).up().changes] == ["bucket"]


def _process(tmp_path: Path, attached: Attached) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.infra.adapter.programs", str(tmp_path / "state")]
    return subprocess.Popen(words, env={**os.environ, **attached.environ}, text=True, stdout=subprocess.PIPE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_frees_the_lock_and_the_same_command_goes_on(attached: Attached, tmp_path: Path, number: int) -> None:
    (tmp_path / "state").mkdir()
    place = {
        "environ": attached.environ, "config": {"gcp:project": "acme"}, "backend": (tmp_path / "state").as_uri(),
    }  # fmt: skip
    held = attached.hold("gcp:serviceaccount/account:Account")
    with _process(tmp_path, attached) as process:
        assert held.reached.wait(60)
        process.send_signal(number)
        held.go()
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    after = ground(programs.bucket, **place)
    assert after.lock() is None
    left = {step.name for step in after.up().changes}
    assert left <= {"bucket"}  # the engine may have begun it before it was told
    assert set(attached.creates.values()) == {1}


def test_another_runs_lock_ends_a_command_with_whose_it_is(attached: Attached, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    place = {
        "environ": attached.environ, "config": {"gcp:project": "acme"}, "backend": (tmp_path / "state").as_uri(),
    }  # fmt: skip
    held = attached.hold("gcp:serviceaccount/account:Account")
    with _process(tmp_path, attached) as process:
        assert held.reached.wait(60)
        second = ground(programs.bucket, **place)
        found = second.lock()
        assert found is not None
        assert "(pid " in found.by
        assert found.since is not None
        with pytest.raises(LockedError) as caught:
            second.up()
        assert caught.value.code == "TW810"
        assert found.by in caught.value.message
        held.go()
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert ground(programs.bucket, **place).up().changes == ()


def test_another_run_is_waited_for_and_then_goes_on(attached: Attached, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    place = {
        "environ": attached.environ, "config": {"gcp:project": "acme"}, "backend": (tmp_path / "state").as_uri(),
    }  # fmt: skip
    held = attached.hold("gcp:serviceaccount/account:Account")
    told: list[Event] = []

    class Waiting:
        """As engine.clock.Stop; the other run ends while this one waits."""

        asked = False

        def wait(self, _span: timedelta) -> None:
            held.go()
            process.communicate(timeout=60)

    with _process(tmp_path, attached) as process:
        assert held.reached.wait(60)
        second = Ground.open(Place("dev", program=programs.bucket, **place), told.append, Waiting())  # type: ignore[arg-type]
        assert second.up(How(wait=timedelta(minutes=5))).changes == ()
    assert process.returncode == 0
    assert [event.kind for event in told if event.kind == "lock.wait"] == ["lock.wait"]
    assert set(attached.creates.values()) == {1}


def _again(process: subprocess.Popen[str]) -> int | None:
    """Too soon after the first one it is none: a shell passes on what its child got already."""
    process.send_signal(signal.SIGTERM)
    return process.poll()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the engine is tied to its parent on Linux alone")
def test_a_second_stop_leaves_at_once_and_the_engine_does_not_go_on_alone(attached: Attached, tmp_path: Path) -> None:
    """The engine still waits for the cloud when its parent is gone; it is told again, and ends without going on."""
    (tmp_path / "state").mkdir()
    place = {
        "environ": attached.environ, "config": {"gcp:project": "acme"}, "backend": (tmp_path / "state").as_uri(),
    }  # fmt: skip
    held = attached.hold("gcp:serviceaccount/account:Account")
    with _process(tmp_path, attached) as process:
        assert held.reached.wait(60)
        found = ground(programs.bucket, **place).lock()
        assert found is not None
        engine = int(found.by.rpartition("pid ")[2].rstrip(")"))
        process.send_signal(signal.SIGINT)
        assert until(lambda: _again(process)) == 130
    until(lambda: not Path(f"/proc/{engine}/exe").exists())  # nor has one that ended and was not waited for
    held.drop()
    after = ground(programs.bucket, **place)
    if after.lock() is not None:
        after.cancel()
    assert {step.name for step in after.up().changes} <= {"first", "bucket"}
    assert set(attached.creates.values()) == {1}


def test_a_killed_run_leaves_a_lock_that_is_explained_and_freed(attached: Attached, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    place = {
        "environ": attached.environ, "config": {"gcp:project": "acme"}, "backend": (tmp_path / "state").as_uri(),
    }  # fmt: skip
    held = attached.hold("gcp:serviceaccount/account:Account")
    with _process(tmp_path, attached) as process:
        assert held.reached.wait(60)
        found = ground(programs.bucket, **place).lock()
        assert found is not None
        engine = int(found.by.rpartition("pid ")[2].rstrip(")"))
        os.kill(engine, signal.SIGKILL)
        process.kill()
        process.communicate(timeout=60)
    held.drop()
    second = ground(programs.bucket, **place)
    with pytest.raises(LockedError):
        second.up()
    second.cancel()
    assert second.lock() is None
    second.up()
    assert ground(programs.bucket, **place).up().changes == ()


def test_what_was_being_made_at_a_kill_and_stands_is_told_and_taken_in(attached: Attached, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    place = {
        "environ": attached.environ, "config": {"gcp:project": "acme"}, "backend": (tmp_path / "state").as_uri(),
    }  # fmt: skip
    held = attached.hold("gcp:serviceaccount/account:Account")
    with _process(tmp_path, attached) as process:
        assert held.reached.wait(60)
        found = ground(programs.bucket, **place).lock()
        assert found is not None
        os.kill(int(found.by.rpartition("pid ")[2].rstrip(")")), signal.SIGKILL)
        process.kill()
        process.communicate(timeout=60)
    held.go()  # the cloud carries out what it was asked
    second = ground(programs.bucket, **place)
    second.cancel()
    with pytest.raises(FailedError) as caught:
        second.up()
    assert "A run that was killed was making first" in caught.value.message
    assert "deploy infra import gcp:serviceaccount/account:Account first ID" in caught.value.hint
    second.refresh()
    assert state.begun(second._stack().export_stack().deployment)  # not forgotten: it is not in the state yet
    second.import_([Import("gcp:serviceaccount/account:Account", "first", "Account/ground-first")])
    assert "first" not in {step.name for step in second.up().changes if step.op == "create"}
    second.refresh()
    last = second.up()
    assert last.changes == ()
    assert not [it for it in last.told if it.severity == "warning"]
    assert set(attached.creates.values()) == {1}


def test_a_stack_that_is_not_there_is_none_to_look_at(attached: Attached, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    place = {"environ": attached.environ, "backend": (tmp_path / "state").as_uri()}
    there = ground(programs.bucket, **place)
    for look in (there.drift, there.refresh):
        with pytest.raises(SpecError, match="there is no stack 'dev' in file://") as caught:
            look()
        assert caught.value.code == "TW818"
    assert there.destroy().steps == ()
    assert list((tmp_path / "state").rglob("dev.json")) == []
