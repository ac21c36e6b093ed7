"""Who may do what on the ground on Azure, and where."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.azure.founding import ELSEWHERE, GROUP, SOMEBODY, SUBSCRIPTION, found, of, one, plain
from tests.infra.mocks import Recorded
from tradewind.infra.azure.identities import secret
from tradewind.providers.azure import actions

WHO = ["planner", "deployer", "runtime"]


def grants(recorded: Recorded, begins: str) -> dict[str, tuple[str, str]]:
    """By short name: on what, and which role (its short name, or the end of an identifier of Azure's own)."""
    every = [it for it in of(recorded, "authorization:RoleAssignment") if it.name.startswith(f"ground-{begins}")]
    roles = {it.inputs["roleDefinitionId"]: it.name for it in of(recorded, "authorization:RoleDefinition")}
    told: dict[str, tuple[str, str]] = {}
    for it in every:
        role = it.inputs["roleDefinitionId"].rpartition("/")[2]
        told[it.name.removeprefix("ground-")] = (it.inputs["scope"], roles.get(role, role).removeprefix("ground-"))
    return told


def held(recorded: Recorded, short: str) -> tuple[set[str], set[str]]:
    roles = [it for it in recorded.resources if it.name == f"ground-{short}-role"]
    rows = [it.inputs["permissions"][0] for it in roles]
    return {it for row in rows for it in row["actions"]}, {it for row in rows for it in row["dataActions"]}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("scope", ["group", "subscription", "runtime"])
def test_roles_are_the_table(who: Any, scope: Any) -> None:
    """With the secrets' role, which is bound apart, all that the table has for any reason, and nothing else."""
    recorded = plain()
    every: tuple[actions.When, ...] = ("autoscaling", "secrets", "kms", "vpc")
    needed = actions.definition(who, when=every, scope=scope)
    got = [held(recorded, f"{who}-{short}") for short in ((scope, "secrets") if scope == "group" else (scope,))]
    assert set().union(*(it[0] for it in got)) == set(needed.actions)
    assert set().union(*(it[1] for it in got)) == set(needed.data_actions)


def test_only_the_runtime_reads_secrets_and_not_by_the_groups_role() -> None:
    recorded = plain()
    secrets = {
        it.name for it in of(recorded, "authorization:RoleDefinition") if "secret" in str(it.inputs["permissions"])
    }
    assert secrets == {"ground-runtime-secrets-role"}
    vault = one(recorded, "vault").inputs["vaultName"]
    assert [scope.rpartition("/")[2] for scope, _ in grants(recorded, "runtime-secrets").values()] == [vault]


def test_named_secrets_are_the_only_ones() -> None:
    given = grants(found(secrets=["hub-token"]), "runtime-secret")
    assert [scope.rpartition("/secrets/")[2] for scope, _ in given.values()] == ["hub-token"]


@pytest.mark.parametrize(
    "reference", ["hub", "https://v.vault.azure.net/secrets/hub", f"https://v.vault.azure.net/secrets/hub/{'0' * 32}"]
)
def test_a_secret_is_named_as_deploy_yaml_has_it(reference: str) -> None:
    assert secret(reference) == "hub"


def test_each_acts_where_it_is_needed_and_nowhere_else() -> None:
    above = f"/subscriptions/{SUBSCRIPTION}"
    scopes = {it: {scope for scope, _ in grants(plain(), it).values()} for it in WHO}
    runs = plain().outputs["runtime"]
    assert scopes["planner"] == {GROUP, above, runs}
    assert scopes["deployer"] == {GROUP, above, runs}
    assert GROUP in scopes["runtime"]
    assert above not in scopes["runtime"]


def test_roles_can_be_given_where_they_are_given() -> None:
    account = f"{ELSEWHERE}/providers/Microsoft.Storage/storageAccounts/account1"
    registry = f"{ELSEWHERE}/providers/Microsoft.ContainerRegistry/registries/images1"
    recorded = found(
        existing={"storage_account": account, "registry": registry}, trusted={"deployer": [f"group:{SOMEBODY}"]}
    )
    for who in WHO:
        given = {scope for scope, _ in grants(recorded, who).values()}
        container = f"{account}/blobServices/default/containers/tradewind"
        assert {GROUP, container, registry} <= given
        assert one(recorded, f"{who}-group-role").inputs["assignableScopes"] == [GROUP, ELSEWHERE]
    assert f"deployer-{SOMEBODY}-container-grant" in grants(recorded, "deployer")


def test_what_is_in_our_group_needs_no_grant_of_its_own() -> None:
    mine = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/images1"
    assert set(grants(found(existing={"registry": mine.upper().replace("MICROSOFT", "Microsoft")}), "planner")) == set(
        grants(plain(), "planner")
    )


def test_a_runtime_elsewhere_is_handed_on_by_the_deployer() -> None:
    runtime = f"{ELSEWHERE}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/runs"
    recorded = found(existing={"runtime": runtime})
    (scope, _) = grants(recorded, "deployer-runtime")["deployer-runtime-grant"]
    assert scope == runtime
    assert one(recorded, "deployer-runtime-role").inputs["assignableScopes"] == [ELSEWHERE]
    assert not grants(recorded, "runtime")
    assert recorded.outputs["runtime"] == runtime


def test_only_the_runtime_can_be_handed_on_of_all_identities_in_the_group() -> None:
    """Else a deployer could run a container as whoever else has an identity there."""
    recorded = plain()
    handing = {
        it.name
        for it in of(recorded, "authorization:RoleDefinition")
        if "/assign/action" in str(it.inputs["permissions"])
    }
    assert handing == {"ground-deployer-runtime-role"}
    assert {scope for scope, _ in grants(recorded, "deployer-runtime").values()} == {recorded.outputs["runtime"]}


@pytest.mark.parametrize("who", WHO)
def test_nobody_but_up_writes_what_is_published(who: str) -> None:
    recorded = found(prefix="ml/tw", trusted={"deployer": [f"group:{SOMEBODY}"]})
    written = [it for it in of(recorded, "authorization:RoleAssignment") if it.name.startswith(f"ground-{who}-")]
    (role,) = [it for it in of(recorded, "authorization:RoleDefinition") if it.name == f"ground-{who}-group-role"]
    blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
    writing = [
        it for it in role.inputs["permissions"][0]["dataActions"] if "/blobs/" in it and not it.endswith("/read")
    ]
    conditions = {it.inputs.get("condition") for it in written if it.name.endswith("-group-grant")}
    if not writing:
        assert conditions == {None}
        return
    (condition,) = conditions
    assert all(f"!(ActionMatches{{'{it}'}})" in condition for it in writing)
    assert condition.endswith(f"@Resource[{blobs}:path] StringNotEquals 'ml/tw/foundation.json'))")
    assert f"{blobs}/read'" not in condition  # it is read as ever


def test_what_somebody_is_is_said() -> None:
    recorded = found(trusted={"planner": [f"group:{SOMEBODY}"]})
    kinds = {
        it.inputs["principalId"]: it.inputs.get("principalType") for it in of(recorded, "authorization:RoleAssignment")
    }
    assert kinds.pop(SOMEBODY) == "Group"
    assert set(kinds.values()) == {"ServicePrincipal"}


def test_github_becomes_planner_and_deployer_only_one_after_the_other() -> None:
    recorded = found(github={"repository": "acme/ml"})
    found_ = of(recorded, "managedidentity:FederatedIdentityCredential")
    assert {it.inputs["subject"] for it in found_} == {"repo:acme/ml:pull_request", "repo:acme/ml:ref:refs/heads/main"}
    assert {it.inputs["issuer"] for it in found_} == {"https://token.actions.githubusercontent.com"}
    assert {it.inputs["resourceName"] for it in found_} == {"tradewind-dev-planner", "tradewind-dev-deployer"}
    assert any(it.endswith("planner-github-0") for it in one(recorded, "planner-github-1").dependencies)
