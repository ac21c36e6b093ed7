"""The table of Google's permissions, against Google's own index of them and of what its REST methods need."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from tradewind.providers.aws import actions as theirs
from tradewind.providers.gcp import actions
from tradewind.providers.gcp.actions import IDENTITIES, ROWS, bucket_permissions, permissions

REFERENCE: Mapping[str, Any] = json.loads((Path(__file__).parent / "iam_reference.json").read_text("utf-8"))
EVERYTHING = frozenset(get_args(actions.When))
READS = re.compile(r"\.(get|list|downloadArtifacts)$")


def test_each_row_is_one_of_a_kind() -> None:
    found = [(row.permission, row.on, verb) for row in ROWS for verb in row.verbs]
    assert len(found) == len(set(found))
    assert {verb for row in ROWS for verb in row.verbs} == set(get_args(actions.Verb))
    assert {row.when for row in ROWS} <= EVERYTHING
    assert set(IDENTITIES) == set(get_args(actions.Identity))


def test_the_words_are_those_of_aws() -> None:
    assert (actions.Verb, actions.Identity, actions.When) == (theirs.Verb, theirs.Identity, theirs.When)
    assert dict(IDENTITIES) == dict(theirs.IDENTITIES)


@pytest.mark.parametrize("permission", sorted({row.permission for row in ROWS}))
def test_a_permission_is_one_of_googles(permission: str) -> None:
    assert permission in REFERENCE["permissions"]


def test_a_method_needs_what_the_table_says() -> None:
    compared = 0
    for row in ROWS:
        for call in row.calls:
            if (needed := REFERENCE["methods"].get(_rest(call))) is not None:
                assert row.permission in needed, call
                compared += 1
    assert compared > 20


def _rest(call: str) -> str:
    """REST's name of a client's method: JobServiceClient.create_custom_job is aiplatform.customJobs.create."""
    if "Client." not in call:
        return call
    verb, _, noun = call.rpartition(".")[2].partition("_")
    named = {"custom_job": "customJobs", "model": "models", "endpoint": "endpoints"}
    plain = noun if noun in named else noun.removesuffix("s")
    special = {"deploy_model": "endpoints.deployModel", "undeploy_model": "endpoints.undeployModel",
               "raw_predict": "endpoints.rawPredict"}  # fmt: skip
    if (rest := special.get(f"{verb}_{noun}")) is not None:
        return f"aiplatform.{rest}"
    return f"aiplatform.{named.get(plain, plain)}.{'patch' if verb == 'update' else verb}"


def test_a_planner_changes_nothing() -> None:
    for on in get_args(actions.On):
        assert all(READS.search(it) for it in permissions("planner", when=EVERYTHING, on=on))
    assert set(permissions("planner")) < set(permissions("deployer"))
    assert set(bucket_permissions("planner")) < set(bucket_permissions("deployer"))


def test_objects_are_no_matter_of_the_project() -> None:
    for identity in IDENTITIES:
        assert not [it for it in permissions(identity, when=EVERYTHING) if it.startswith(("storage.", "iam."))]
    assert bucket_permissions("runtime") == (
        "storage.objects.create", "storage.objects.delete", "storage.objects.get", "storage.objects.list",
    )  # fmt: skip
    assert bucket_permissions("caller") == ()


def test_only_who_deploys_acts_as_the_runtime_and_only_the_runtime_reads_secrets() -> None:
    assert permissions("deployer", on="runtime") == ("iam.serviceAccounts.actAs", "iam.serviceAccounts.get")
    assert permissions("planner", on="runtime") == ("iam.serviceAccounts.get",)
    assert permissions("runtime", on="secret") == ()
    assert permissions("runtime", on="secret", when=("secrets",)) == ("secretmanager.versions.access",)
    assert permissions("deployer", on="secret", when=EVERYTHING) == ()


def test_none_may_give_rights_or_make_keys() -> None:
    for identity in IDENTITIES:
        for on in get_args(actions.On):
            found = permissions(identity, when=EVERYTHING, on=on)
            assert not [it for it in found if "setIamPolicy" in it or "Keys." in it or "*" in it]


def test_a_call_is_found() -> None:
    assert [row.permission for row in actions.needs("EndpointServiceClient.deploy_model")] == [
        "aiplatform.endpoints.deploy"
    ]
    assert actions.needs("EndpointServiceClient.explain") == ()
