"""A stack's configuration: everything wrong at once, and what Pulumi hands as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradewind.errors import SpecError
from tradewind.infra import schema
from tradewind.infra.arguments import AwsFoundationArgs
from tradewind.infra.config import arguments


def test_texts_as_pulumi_hands_them() -> None:
    said = {
        "cloud": "aws",
        "region": "eu-west-1",
        "tags": '{"team": "growth", "cost": 7, "kept": true}',
        "network": '{"cidr": "10.1.0.0/16", "nat": true}',
        "protect": "false",
        "log_days": "7",
        "projects": "[]",
        "budget": "{}",
    }
    made = arguments(said, "acme/infra/dev")
    assert isinstance(made, AwsFoundationArgs)
    assert (made.environment, made.tags) == ("dev", {"team": "growth", "cost": "7", "kept": "true"})
    assert made.network is not None
    assert (made.network.nat, made.protect, made.log_days, made.budget) == (True, False, 7, None)


def test_every_problem_at_once() -> None:
    said = {"cloud": "aws", "regin": "eu-west-1", "log_days": "0", "folder": "/x", "network": {"cidr": "8.8.0.0/16"}}
    with pytest.raises(SpecError) as caught:
        arguments(said, "dev")
    text = caught.value.message
    assert caught.value.code == "TW801"
    assert "tradewind:regin: is no key that is known here (did you mean 'tradewind:region'?)" in text
    assert "tradewind:folder: is nothing that cloud 'aws' has" in text
    assert "tradewind:region: is needed: `pulumi config set region ...`" in text
    assert "tradewind:log_days" in text
    assert "tradewind:network" in text
    assert "no private range" in text


@pytest.mark.parametrize(("said", "told"), [({}, "one of aws"), ({"cloud": "awz"}, "did you mean 'aws'")])
def test_a_cloud_is_named(said: dict[str, object], told: str) -> None:
    with pytest.raises(SpecError, match=told):
        arguments(said, "dev")


def test_pulumi_yaml_is_what_the_arguments_say() -> None:
    file = Path(__file__).parents[3] / "Pulumi.yaml"
    assert file.read_text() == schema.text(), "run: python -m tradewind.infra.schema > Pulumi.yaml"


def test_what_is_no_json_or_of_no_form_is_told_in_words() -> None:
    said = {"cloud": "aws", "region": "eu", "network": '{"nat": tru}', "mails": '["a"]'}
    with pytest.raises(SpecError) as caught:
        arguments(said, "Prod_1")
    text = caught.value.message
    assert "tradewind:network: is no JSON: Expecting value" in text
    assert "tradewind:region: must be a region of AWS, as eu-west-1 (got 'eu')" in text
    assert "tradewind:mails.0: must be a mail address (got 'a')" in text
    assert "tradewind:environment: must be 2 to 20 of a-z" in text


def test_a_slip_within_a_value_is_told_as_one_at_the_top() -> None:
    said = {
        "cloud": "aws",
        "region": "eu-west-1",
        "network": '{"nta": true}',
        "mails": "ann@acme.com",
        "watch": '[{"endpoint": "e", "colour": 1}]',
        "existing": '["b"]',
    }
    with pytest.raises(SpecError) as caught:
        arguments(said, "dev")
    assert [str(it) for it in caught.value.problems] == [
        "tradewind:existing: must be keys and values, like {key: value}",
        "tradewind:mails: must be a list, like [a, b] (got 'ann@acme.com')",
        "tradewind:network.nta: is no key that is known here (did you mean 'nat'?)",
        "tradewind:watch.0.colour: is no key that is known here; known here: endpoint, error_rate, idle, max_replicas, p95",
    ]
