"""An endpoint after it stands: asked, read, put back, guarded, and found by its name alone."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from fakes.stage import Stage

from tradewind.engine import endpoints, history
from tradewind.engine.clock import Stop
from tradewind.engine.open import open_by_name
from tradewind.engine.session import Session
from tradewind.errors import Exit, InterruptedByUser, ProviderError, RefusedError, SpecError

NEW = "train.parameters.epochs=30"
QUICK = "serve.rollout.bake=10s"


def test_status_of_what_is_not_there(stage: Stage) -> None:
    seen = endpoints.status(stage.session())
    assert seen.state == "absent"
    assert seen.url is None
    with pytest.raises(ProviderError) as caught:
        endpoints.connect(stage.session())
    assert caught.value.code == "TW059"


def test_invoke_gives_the_body_as_it_came_and_wraps_it(stage: Stage) -> None:
    made = stage.up()
    session = stage.session()
    assert endpoints.reply(session, b'{"a": 1}').body == b'{"a": 1}'
    wrapped = endpoints.invoke(session, b'{"a": 1}')
    assert (wrapped.status, wrapped.version, wrapped.body) == (200, made.version, '{"a": 1}')
    binary = endpoints.invoke(session, b"\xff\x00", "application/octet-stream")
    assert binary.encoding == "base64"
    assert endpoints.raw(binary) == b"\xff\x00"
    assert b"".join(endpoints.stream(session, b"[1]")) == b"[1]"


def test_connect_prints_curl_and_python_that_compile(stage: Stage) -> None:
    stage.up()
    found = endpoints.connect(stage.session())
    assert "http://fake.test/churn/invocations" in found.curl
    compile(found.python, "connect.py", "exec")


def test_logs_are_those_of_the_version_that_serves(stage: Stage) -> None:
    stage.up()
    page = endpoints.logs(stage.session())
    assert [line.text for line in page.lines] == ["model loaded"]
    stop = Stop()
    stage.clock.when(timedelta(seconds=5), stop.ask)
    assert [line.text for line in endpoints.follow(stage.session(stop=stop))] == ["model loaded"]


def test_rollback_goes_to_the_version_before_and_holds_the_one_left(stage: Stage) -> None:
    first = stage.up()
    second = stage.up(NEW, QUICK)
    done = endpoints.rollback(stage.session())
    assert (done.changed, done.serves, done.was, done.held) == (True, first.version, second.version, second.version)
    assert [refusal.code for refusal in stage.plan(NEW, QUICK).refusals] == ["TW050"]
    assert history.entries(stage.session()).entries[0].what in ("rolled_back", "held")


def test_rollback_without_a_version_before_is_refused(stage: Stage) -> None:
    stage.up()
    with pytest.raises(RefusedError):
        endpoints.rollback(stage.session())


def test_list_shows_every_environment(stage: Stage) -> None:
    stage.write("deploy.yaml", stage.text + "environments: {prod: {tags: {a: b}}}\n")
    stage.up()
    stage.environment = "prod"
    stage.up()
    found = endpoints.list_endpoints(stage.session()).endpoints
    assert [(seen.name, seen.environment) for seen in found] == [("churn", "default"), ("churn--prod", "prod")]


def test_ctrl_c_in_a_rollout_puts_the_traffic_back(stage: Stage) -> None:
    first = stage.up()
    stop = Stop()
    work = stage.work(NEW, "serve.rollout.bake=10m")
    stage.clock.when(timedelta(minutes=5), stop.ask)
    from tradewind.engine import apply

    with pytest.raises(InterruptedByUser) as caught:
        apply.up(work, stage.session(work, stop=stop))
    assert caught.value.exit == Exit.INTERRUPTED
    assert [v.digest for v in endpoints.status(stage.session()).versions] == [first.version]
    assert stage.up(NEW, QUICK).changed


def test_guard_retires_what_is_past_its_keep_and_so_does_up(stage: Stage) -> None:
    stage.up()
    keep = "serve.rollout.keep=0s"
    stage.up(NEW, QUICK, keep)
    assert endpoints.guard(stage.session()).did in ("nothing", "retired")
    assert len(endpoints.status(stage.session()).versions) == 1


def by_name(stage: Stage, name: str, **said: str) -> Session:
    return open_by_name(name, "fake", info=stage.info, clock=stage.clock, **said)


def test_without_a_spec_by_project_or_by_the_endpoints_own_name(stage: Stage) -> None:
    stage.write("deploy.yaml", stage.text + "environments: {prod: {tags: {a: b}}}\n")
    stage.environment = "prod"
    first = stage.up()
    stage.up(NEW, QUICK)
    for session in (by_name(stage, "churn", environment="prod"), by_name(stage, "churn--prod")):
        assert (session.identity.project, session.identity.environment) == ("churn", "prod")
        assert endpoints.status(session).name == "churn--prod"
    assert endpoints.rollback(by_name(stage, "churn--prod")).serves == first.version


def test_an_environment_that_was_said_is_the_one_that_is_opened(stage: Stage) -> None:
    stage.up()
    assert by_name(stage, "churn", environment="prod").identity.environment == "prod"
    assert by_name(stage, "churn").identity.environment == "default"
    assert by_name(stage, "nobody").identity.project == "nobody"


@pytest.mark.parametrize("name", ["", "../other", "a/b", "with space"])
def test_what_can_be_no_name_is_refused(stage: Stage, name: str) -> None:
    with pytest.raises(SpecError) as caught:
        by_name(stage, name)
    assert caught.value.code == "TW059"


def test_documents_carry_their_schema(stage: Stage) -> None:
    stage.up()
    assert json.loads(endpoints.status(stage.session()).to_json())["schema"] == "tradewind/endpoint/1"
