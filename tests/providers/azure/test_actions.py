"""The table of Azure's operations, against Microsoft's own reference of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from tradewind.providers.aws import actions as theirs
from tradewind.providers.azure import actions
from tradewind.providers.azure.actions import IDENTITIES, ROWS, Row, definition

REFERENCE: Mapping[str, Any] = json.loads((Path(__file__).parent / "rbac_reference.json").read_text("utf-8"))
EVERYTHING = frozenset(get_args(actions.When))


def test_each_row_is_one_of_a_kind() -> None:
    found = [(row.action.lower(), row.scope, verb) for row in ROWS for verb in row.verbs]
    assert len(found) == len(set(found))
    assert {verb for row in ROWS for verb in row.verbs} == set(get_args(actions.Verb))
    assert {row.when for row in ROWS} <= EVERYTHING
    assert set(IDENTITIES) == set(get_args(actions.Identity))


def test_the_words_are_those_of_aws() -> None:
    assert (actions.Verb, actions.Identity, actions.When) == (theirs.Verb, theirs.Identity, theirs.When)
    assert dict(IDENTITIES) == dict(theirs.IDENTITIES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.action}-{row.verbs[0]}")
def test_an_operation_is_one_of_azures(row: Row) -> None:
    assert row.action in REFERENCE["data_actions" if row.data else "actions"]


def test_a_planner_changes_nothing() -> None:
    for scope in get_args(actions.Scope):
        of_planner = definition("planner", when=EVERYTHING, scope=scope)
        of_deployer = definition("deployer", when=EVERYTHING, scope=scope)
        changing = [it for it in of_planner.actions + of_planner.data_actions if not it.lower().endswith("/read")]
        assert changing in (
            [],
            ["Microsoft.MachineLearningServices/workspaces/onlineendpoints/deployments/getlogs/action"],
        )
        assert set(of_planner.actions) < set(of_deployer.actions)
        assert set(of_planner.data_actions) <= set(of_deployer.data_actions)


def test_what_a_location_tells_is_apart() -> None:
    assert all("/locations/" in it for it in definition("deployer", scope="subscription").actions)
    assert not [it for it in definition("deployer").actions if "/locations/" in it]
    assert (
        definition("caller", scope="subscription")
        == definition("runtime", scope="subscription")
        == actions.Definition()
    )


def test_only_the_runtime_reads_secrets_and_only_where_there_are_some() -> None:
    secret = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
    assert secret not in definition("runtime").data_actions
    assert secret in definition("runtime", when=("secrets",)).data_actions
    assert secret not in definition("deployer", when=EVERYTHING).data_actions


def test_none_may_read_keys_of_accounts_or_give_rights() -> None:
    for identity in IDENTITIES:
        for scope in get_args(actions.Scope):
            found = definition(identity, when=EVERYTHING, scope=scope)
            for action in found.actions + found.data_actions:
                assert not [it for it in ("listkeys", "*", "authorization") if it in action.lower()]


def test_a_call_is_found() -> None:
    assert [row.action for row in actions.needs("Jobs.Cancel")] == [
        "Microsoft.MachineLearningServices/workspaces/jobs/cancel/action"
    ]
    assert actions.needs("Jobs.Resume") == ()
