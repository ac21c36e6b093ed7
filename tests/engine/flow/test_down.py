"""`down`: everything that was made goes, what is worth keeping stays, and it can be said again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.provider import JobBehaviour
from fakes.stage import Stage

from tradewind.engine import claims, history, train
from tradewind.engine.clock import Stop
from tradewind.engine.open import Agreed
from tradewind.errors import Exit, InterruptedByUser, RefusedError
from tradewind.spec.lock import DeployLock


def test_it_takes_everything_away_and_keeps_models_and_ledger(stage: Stage) -> None:
    made = stage.up()
    done = stage.down()
    assert done.changed
    assert [(thing.kind, thing.name) for thing in done.removed if thing.kind == "endpoint"] == [("endpoint", "churn")]
    assert stage.cloud.endpoints == {}
    assert stage.cloud.jobs == {}
    assert ("model", made.model) in [(thing.kind, thing.name) for thing in done.kept]
    assert history.entries(stage.session()).entries[0].what == "took_down"
    again = stage.up()
    assert again.train is not None
    assert again.train.reused


def test_twice_is_no_error_and_writes_nothing(stage: Stage) -> None:
    stage.up()
    stage.down()
    keys = [entry.key for entry in stage.session().store.list()]
    again = stage.down()
    assert not again.changed
    assert again.removed == ()
    assert [entry.key for entry in stage.session().store.list()] == keys


def test_never_up_means_nothing_to_take_down(stage: Stage) -> None:
    assert not stage.down().changed
    assert list(stage.session().store.list()) == []


def test_a_running_job_is_stopped_and_its_next_up_makes_another(stage: Stage) -> None:
    stage.cloud.default_job = JobBehaviour(runs=timedelta(minutes=30))
    stop = Stop()
    stage.clock.when(timedelta(seconds=20), stop.ask)
    work = stage.work()
    with pytest.raises(InterruptedByUser):
        train.run(work, stage.session(work, stop=stop))
    done = stage.down()
    assert [thing.kind for thing in done.removed] == ["job"]
    assert [attempt.outcome for attempt in claims.every(stage.session())] == ["stopped"]
    assert stage.up().train is not None


def test_purge_leaves_nothing_at_all(stage: Stage) -> None:
    stage.up()
    done = stage.down(purge=True)
    assert done.kept == ()
    assert list(stage.session().store.list()) == []
    assert not stage.down(purge=True).changed


@pytest.mark.parametrize("name", ["default", "churn"])
def test_protect_wants_a_name_of_what_it_protects(stage: Stage, name: str) -> None:
    stage.text = stage.text + "protect: true\n"
    stage.write("deploy.yaml", stage.text)
    stage.up()
    with pytest.raises(RefusedError) as caught:
        stage.down()
    assert caught.value.exit == Exit.USAGE
    assert caught.value.code == "TW054"
    assert "--unprotect default" in caught.value.hint
    with pytest.raises(RefusedError):
        stage.down(Agreed(unprotect=frozenset({"other"})))
    assert stage.down(Agreed(unprotect=frozenset({name}))).changed


def test_an_environment_takes_down_its_own_only(stage: Stage) -> None:
    stage.write("deploy.yaml", stage.text + "environments: {prod: {tags: {a: b}}}\n")
    stage.up()
    stage.environment = "prod"
    stage.up()
    assert set(stage.cloud.endpoints) == {"churn", "churn--prod"}
    stage.down()
    assert set(stage.cloud.endpoints) == {"churn"}


def test_deploy_lock_forgets_who_served(stage: Stage) -> None:
    stage.up()
    assert DeployLock.read(stage.root).last_provider("default") == "fake"
    stage.down()
    assert DeployLock.read(stage.root).last_provider("default") is None
