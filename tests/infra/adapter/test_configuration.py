"""What a stack is asked to be, of what it keeps, what is said, and what deploy.yaml no longer says."""

from __future__ import annotations

from typing import Any

from tradewind.infra.adapter import configuration
from tradewind.infra.adapter.configuration import OF_SPEC, Asked
from tradewind.infra.adapter.workspace import Place


def asked(kept: dict[str, Any], config: dict[str, str], of_spec: frozenset[str] | None) -> Asked:
    return configuration.asked(Place("dev", config=config, of_spec=of_spec), "p", kept)


def test_a_key_that_deploy_yaml_gave_goes_with_it() -> None:
    kept = {"p:secrets": '["old"]', "p:zone": "a", "aws:region": "x", OF_SPEC: "secrets tags", "p:tags": "{}"}
    found = asked(kept, {"tags": "{}"}, frozenset({"tags"}))
    assert found.gone == ["p:secrets"]
    assert found.changed == {OF_SPEC: "tags"}
    assert found.wanted == {"p:zone": "a", "aws:region": "x", "p:tags": "{}", OF_SPEC: "tags"}
    assert asked(dict(found.wanted), {"tags": "{}"}, frozenset({"tags"})).changed == {}


def test_without_a_deploy_yaml_all_stays() -> None:
    kept = {"p:secrets": '["old"]', OF_SPEC: "secrets"}
    assert asked(kept, {"zone": "b"}, None).wanted == {**kept, "p:zone": "b"}


def test_a_key_that_was_said_by_hand_is_no_longer_deploy_yamls() -> None:
    first = asked({"p:tags": "spec's", OF_SPEC: "tags"}, {"tags": "mine"}, frozenset())
    assert first.wanted == {"p:tags": "mine"}
    assert first.gone == [OF_SPEC]
    assert asked(dict(first.wanted), {}, frozenset()).wanted == {"p:tags": "mine"}


def test_a_default_counts_where_the_stack_keeps_nothing_else() -> None:
    place = Place("dev", config={"zone": "b"}, defaults={"region": "here", "zone": "a", "folder": "/x"})
    found = configuration.asked(place, "p", {"p:region": "there"})
    assert found.wanted == {"p:region": "there", "p:zone": "b", "p:folder": "/x"}


def test_a_secret_stays_as_it_is_kept() -> None:
    kept = {"p:word": {"secure": "v1:abc"}, "p:secrets": "[]", OF_SPEC: "secrets"}
    assert asked(kept, {}, frozenset()).wanted == {"p:word": {"secure": "v1:abc"}}
