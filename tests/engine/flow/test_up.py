"""`up`, again and again, by many, and against what can go wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.provider import VersionBehaviour
from fakes.server import FakeServer
from fakes.stage import Stage
from fakes.trainer import FakeTrainer

from tradewind.engine import endpoints, history, holds, lease, project
from tradewind.engine.open import Agreed
from tradewind.errors import Exit, FailedError, LockedError, ProviderError, RefusedError, RolledBackError
from tradewind.spec import lock
from tradewind.values import LogPage, Observed, Wanted

NEW = "train.parameters.epochs=30"
QUICK = "serve.rollout.bake=10s"
HOUR = timedelta(hours=1)


def kinds(made) -> list[str]:
    return [action.kind for action in made.actions]


def test_the_first_up_trains_serves_and_says_how_to_use_it(stage: Stage) -> None:
    made = stage.up()
    assert made.changed
    assert made.url == "http://fake.test/churn"
    assert made.traffic == {"a": 100}
    assert made.version == stage.plan().version
    assert made.machine is not None
    assert made.machine.id == "fake-standard"
    assert made.replicas is not None
    assert (made.replicas.min, made.replicas.max, made.replicas.now) == (1, 3, 1)
    assert made.rate.text == "unknown"
    assert len(made.next) == 3
    assert (stage.root / "deploy.lock").is_file()


def test_an_identical_up_changes_nothing_and_gives_the_same_answer(stage: Stage) -> None:
    first, writes = stage.up(), len(stage.cloud.writes)
    keys = {entry.key for entry in stage.session().store.list()}
    again = stage.up()
    assert not again.changed
    assert (again.url, again.version, again.run, again.model) == (first.url, first.version, first.run, first.model)
    assert len(stage.cloud.writes) == writes
    assert {entry.key for entry in stage.session().store.list()} == keys
    assert kinds(stage.plan()) == ["reuse", "nothing"]
    assert not stage.plan().changes


def test_the_plan_of_a_change_says_what_and_how(stage: Stage) -> None:
    stage.up()
    made = stage.plan(NEW, "serve.env.MODE=b")
    train, endpoint = made.actions
    assert (train.kind, endpoint.kind, endpoint.how) == ("train", "roll_out", "in place")
    assert [(c.path, c.before, c.after) for c in train.changes] == [("train.parameters.epochs", "20", "30")]
    assert ("serve.env.MODE", "", "b") in [(c.path, c.before, c.after) for c in endpoint.changes]
    assert made.rollout is not None
    assert made.rollout.strategy == "canary"
    assert made.rollout.steps == (10, 50)
    assert made.cost.peak_replicas == 2
    assert made.replicas is not None
    assert made.replicas.now == 1  # the version that serves is not this one, and still it is one that serves


def test_a_new_version_comes_in_beside_the_old_one(stage: Stage) -> None:
    first = stage.up()
    second = stage.up(NEW, QUICK)
    assert second.changed
    assert second.previous == first.version
    assert second.traffic == {"b": 100}
    assert [line.what for line in history.entries(stage.session()).entries] == [
        "rolled_out",
        "trained",
        "rolled_out",
        "trained",
    ]


def test_size_changes_in_place_and_what_the_autoscaler_did_is_no_change(stage: Stage) -> None:
    stage.up()
    stage.cloud.scale("churn", "a", 3)
    assert kinds(stage.plan()) == ["reuse", "nothing"]
    made = stage.plan("serve.replicas.max=5", "serve.replicas.target.concurrency=4")
    assert kinds(made) == ["reuse", "adjust"]
    assert [(c.path, c.before, c.after) for c in made.actions[1].changes] == [
        ("serve.replicas.max", "3", "5"),
        ("serve.replicas.target.concurrency", "8", "4"),
    ]
    result = stage.up("serve.replicas.max=5", "serve.replicas.target.concurrency=4")
    assert result.changed
    assert result.replicas is not None
    assert result.replicas.now == 3
    assert not stage.plan("serve.replicas.max=5", "serve.replicas.target.concurrency=4").changes


def test_what_the_size_follows_is_changed_when_the_target_says_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not among what is seen of a version: one write of several would leave an earlier policy behind."""
    stage.up()
    looks: list[str] = []

    def slow(server: FakeServer, want: Wanted, real=FakeServer.advance) -> Observed:
        looks.append(want.name)
        return replace(real(server, want), phase="moving" if len(looks) < 3 else "settled")

    monkeypatch.setattr(FakeServer, "advance", slow)
    stage.up("serve.replicas.target.concurrency=4")
    assert len(looks) == 3


def test_tags_change_in_place(stage: Stage) -> None:
    stage.up("tags.team=a")
    assert not stage.plan("tags.team=a").changes
    made = stage.plan("tags.team=b")
    assert [(c.path, c.before, c.after) for c in made.actions[1].changes] == [("tags.team", "a", "b")]
    stage.up("tags.team=b")
    assert stage.cloud.endpoints["churn"].tags["team"] == "b"
    assert not stage.plan("tags.team=b").changes


def test_32_identical_ups_make_one_set_and_all_get_the_answer(hurried: Stage) -> None:
    stage = hurried
    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(lambda _: stage.up(wait=HOUR), range(32)))
    assert {(result.url, result.version, result.run) for result in results} == {
        (results[0].url, results[0].version, results[0].run)
    }
    assert sum(result.changed for result in results) >= 1
    assert stage.ops("submit") == ["submit"]
    assert stage.ops("create_endpoint", "create_version") == ["create_endpoint", "create_version"]


def test_a_bad_new_version_exits_8_the_old_one_serves_and_the_same_is_held(stage: Stage) -> None:
    first = stage.up()
    bad = stage.plan(NEW).version
    stage.cloud.version(bad, VersionBehaviour(crashes=("loading", "KeyError: 'weights'")))
    with pytest.raises(RolledBackError) as caught:
        stage.up(NEW, QUICK)
    assert caught.value.exit == Exit.ROLLED_BACK
    assert "KeyError: 'weights'" in caught.value.log
    assert endpoints.status(stage.session()).versions[0].digest == first.version
    told = history.entries(stage.session())
    assert (told.entries[0].what, told.entries[0].outcome) == ("rolled_back", "failed")
    assert "weights" in told.entries[0].reason
    assert [hold.digest for hold in told.holds] == [bad]

    made = stage.plan(NEW, QUICK)
    assert [refusal.code for refusal in made.refusals] == ["TW050"]
    with pytest.raises(RefusedError) as refused:
        stage.up(NEW, QUICK)
    assert refused.value.exit == Exit.USAGE
    assert "--release-hold" in refused.value.hint

    stage.cloud.version(bad, VersionBehaviour())
    assert stage.up(NEW, QUICK, agreed=Agreed(release=True)).version == bad
    assert holds.every(stage.session()) == ()


def test_all_who_wait_for_a_version_that_fails_get_its_failure(hurried: Stage) -> None:
    stage = hurried
    first = stage.up()
    bad = stage.plan(NEW).version
    stage.cloud.version(bad, VersionBehaviour(error_rate=1.0))
    stage.cloud.load("churn", 50)

    def outcome(_: int) -> Exit:
        try:
            stage.up(NEW, QUICK, wait=HOUR)
        except (RolledBackError, RefusedError) as error:
            return error.exit
        return Exit.DONE

    with ThreadPoolExecutor(8) as pool:
        exits = list(pool.map(outcome, range(8)))
    # Whoever looks after the hold was put is refused; all that were waiting get what they waited for.
    assert set(exits) <= {Exit.ROLLED_BACK, Exit.USAGE}
    assert Exit.ROLLED_BACK in exits
    assert endpoints.status(stage.session()).versions[0].digest == first.version
    assert stage.ops("create_version") == ["create_version"] * 2


def test_a_first_version_that_fails_leaves_nothing_and_says_why(stage: Stage) -> None:
    stage.cloud.default_version = VersionBehaviour(crashes=("ImportError: no module",))
    with pytest.raises(FailedError) as caught:
        stage.up()
    assert caught.value.exit == Exit.FAILED
    assert "ImportError: no module" in caught.value.log
    assert stage.cloud.endpoints == {}
    stage.cloud.default_version = VersionBehaviour()
    assert stage.up().url


def test_the_log_of_a_first_version_that_failed_is_read_until_everything_is_taken_down(stage: Stage) -> None:
    stage.cloud.default_version = VersionBehaviour(crashes=("loading", "ImportError: no module"))
    with pytest.raises(FailedError):
        stage.up()
    assert stage.cloud.endpoints == {}
    said = endpoints.logs(stage.session())
    assert [line.text for line in said.lines] == ["loading", "ImportError: no module"]
    stage.down()
    assert stage.cloud.kept_logs == {}
    with pytest.raises(ProviderError) as caught:
        endpoints.logs(stage.session())
    assert caught.value.code == "TW059"
    keys = [entry.key for entry in stage.session().store.list()]
    assert not stage.down().changed
    assert [entry.key for entry in stage.session().store.list()] == keys, "and that, too, is done once"


def test_a_name_that_is_somebody_elses_is_left_alone(stage: Stage) -> None:
    stage.up()
    stage.cloud.endpoints["churn"].tags = {"tradewind-project": "other", "tradewind-environment": "default"}
    made = stage.plan(NEW)
    assert [blocker.code for blocker in made.blockers] == ["TW056"]


def test_without_serve_the_endpoint_goes_only_where_that_was_agreed_to(stage: Stage) -> None:
    stage.up()
    text = (stage.root / "deploy.yaml").read_text()
    (stage.root / "deploy.yaml").write_text(text[: text.index("serve:")])
    made = stage.plan()
    assert made.needs_delete
    assert [refusal.code for refusal in made.refusals] == ["TW053"]
    with pytest.raises(RefusedError):
        stage.up()
    with pytest.raises(RefusedError) as caught:
        stage.up("protect=true", agreed=Agreed(delete=True))
    assert caught.value.code == "TW054"
    result = stage.up(agreed=Agreed(delete=True))
    assert result.changed
    assert result.url is None
    assert stage.cloud.endpoints == {}
    assert not stage.plan().changes


def test_a_secret_reaches_the_container_by_reference_only(stage: Stage) -> None:
    stage.environ["HF_TOKEN"] = "hf-value-of-the-secret"
    stage.up("secrets=[HF_TOKEN]")
    job = next(iter(stage.cloud.jobs.values()))
    assert job.run.container.secrets == {"HF_TOKEN": "env:HF_TOKEN"}
    store = stage.session().store
    assert not any(b"hf-value-of-the-secret" in store.get(entry.key) for entry in store.list())
    assert "hf-value-of-the-secret" not in str(stage.events)
    del stage.environ["HF_TOKEN"]
    assert not stage.up("secrets=[HF_TOKEN]").changed  # nothing starts, so nothing is missing


def test_a_deploy_lock_that_cannot_be_written_is_a_warning(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, text: str) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(lock, "_replace", refuse)
    made = stage.up()
    assert made.url
    assert "Read-only file system" in made.warnings[0]


def test_status_shows_the_whole(stage: Stage) -> None:
    made = stage.up()
    seen = project.status(stage.session())
    assert seen.endpoint is not None
    assert seen.endpoint.state == "serving"
    assert seen.endpoint.url == made.url
    assert [(v.digest, v.share, v.replicas.target) for v in seen.endpoint.versions] == [(made.version, 100, 8)]
    assert [job.state for job in seen.jobs] == ["succeeded"]
    assert seen.lock is None
    assert seen.holds == ()


def test_another_up_that_holds_the_lock_is_waited_for_or_exits_9(hurried: Stage) -> None:
    stage = hurried
    stage.up()
    with lease.hold(stage.session(), HOUR, command="up"):
        with pytest.raises(LockedError) as caught:
            stage.up("serve.replicas.max=5", wait=timedelta(seconds=20))
        assert caught.value.exit == Exit.LOCKED
        assert not stage.up(wait=timedelta(0)).changed  # nothing to do wants no lock
    assert stage.up("serve.replicas.max=5", wait=timedelta(seconds=20)).changed


def test_training_does_not_hold_the_lock(hurried: Stage) -> None:
    stage = hurried
    with lease.hold(stage.session(), HOUR, command="up"), pytest.raises(LockedError):
        stage.up(wait=timedelta(seconds=1))
    assert stage.ops("submit", "create_endpoint") == ["submit"]


def test_unlock_frees_it_and_says_whose_it_was(stage: Stage) -> None:
    with lease.hold(stage.session(), HOUR, command="up"):
        seen = project.status(stage.session())
        assert seen.lock is not None
        assert "deploy up" in seen.lock.owner
        done = project.unlock(stage.session())
        assert done.changed
        assert done.was is not None
    assert not project.unlock(stage.session()).changed


def test_a_log_that_cannot_be_read_does_not_leave_the_job(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: FakeTrainer, name: str, cursor: str | None) -> LogPage:
        raise ProviderError("permission", "not allowed", during="read the log", code="TW102")

    monkeypatch.setattr(FakeTrainer, "logs", refuse)
    assert stage.up().url
    assert any("its log cannot be read" in event.text for event in stage.events)


def test_a_newer_ledger_is_read_and_nothing_is_begun(stage: Stage) -> None:
    stage.up()
    store = stage.session().store
    newest = max(entry.key for entry in store.list("ledger/"))
    store.put(f"ledger/{int(newest[7:15]) + 1:08d}.json", b'{"schema": 2, "kind": "start", "novel": true}')
    made = stage.plan(NEW)
    assert [blocker.code for blocker in made.blockers] == ["TW512"]
    writes = len(stage.cloud.writes)
    with pytest.raises(RefusedError):
        stage.up(NEW)
    with pytest.raises(RefusedError):
        stage.down()
    assert len(stage.cloud.writes) == writes
    assert history.entries(stage.session()).entries


def test_history_says_who_and_at_which_commit(stage: Stage) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    stage.write(".git/HEAD", f"{commit}\n")
    stage.environ["TRADEWIND_OWNER"] = "ada"
    stage.up()
    assert [(line.who, line.commit) for line in history.entries(stage.session()).entries] == [("ada", commit)] * 2


def test_history_says_which_model_came_in(stage: Stage) -> None:
    made = stage.up()
    assert [line.model for line in history.entries(stage.session()).entries] == [made.model] * 2


def test_a_second_in_the_spec_is_a_minute_for_a_provider(stage: Stage) -> None:
    stage.up("serve.replicas.max=3", "serve.replicas.target.requests=5")
    (endpoint,) = stage.cloud.endpoints.values()
    assert dict(endpoint.seats["a"].version.scale_on) == {"requests": 300.0}
