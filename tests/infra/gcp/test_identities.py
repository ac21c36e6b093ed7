"""Who may do what on Google Cloud: the roles are the provider's table, each bound where it is narrowest."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytest.importorskip("pulumi_gcp")

from tests.infra.gcp.founding import built, kind_of, kinds, one, sound
from tests.infra.mocks import Recorded, Registered
from tradewind.infra.gcp.identities import WHO
from tradewind.providers.gcp import actions

PLACES: tuple[actions.On, ...] = ("project", "bucket", "runtime", "registry", "secret")
BOUND: dict[str, str] = {
    "project": "gcp:projects/iAMMember:IAMMember",
    "bucket": "gcp:storage/bucketIAMMember:BucketIAMMember",
    "runtime": "gcp:serviceaccount/iAMMember:IAMMember",
    "registry": "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
    "secret": "gcp:projects/iAMMember:IAMMember",
}


def mail(who: str) -> str:
    return f"tradewind-prod-{who}@acme-ml.iam.gserviceaccount.com"


def holding(recorded: Recorded, role: str) -> list[Registered]:
    return [it for it in recorded.resources if it.inputs.get("role") == role]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("at", PLACES)
def test_roles_are_the_table(who: Any, at: actions.On) -> None:
    recorded = built()
    allowed = actions.permissions(who, when=("secrets",), on=at)
    roles = [it for it in recorded.resources if it.name.startswith(f"ground-role-{who}-{at}")]
    assert sorted(name for it in roles for name in it.inputs["permissions"]) == list(allowed)
    for role in roles:
        (given,) = holding(recorded, f"projects/acme-ml/roles/{role.inputs['roleId']}")
        assert (given.type, given.inputs["member"]) == (BOUND[at], f"serviceAccount:{mail(who)}")
        assert ("condition" in given.inputs) == ("storage.objects.create" in role.inputs["permissions"])


@pytest.mark.parametrize("who", ["deployer", "runtime"])
def test_nobody_but_up_writes_what_is_published(who: str) -> None:
    recorded = built(prefix="ml/tw")
    role = one(recorded, f"role-{who}-bucket-writing")
    assert set(role.inputs["permissions"]) == {"storage.objects.create", "storage.objects.delete"}
    said = one(recorded, f"{who}-bucket-writing").inputs["condition"]["expression"]
    assert said == 'resource.name != "projects/_/buckets/acme-ml-tradewind-prod/objects/ml/tw/foundation.json"'
    assert not [it for it in recorded.resources if it.name == "ground-planner-bucket-writing"]


def test_on_a_bucket_that_was_there_nothing_hangs_on_a_condition() -> None:
    """It may be without uniform access, where Cloud Storage takes none."""
    given = built(existing={"bucket": "theirs"}).of(BOUND["bucket"])
    assert {it.name for it in given} == {f"ground-{who}-bucket" for who in WHO}
    assert not [it for it in given if "condition" in it.inputs]


def test_a_role_made_again_has_another_id() -> None:
    """A deleted one keeps its id for 37 days."""
    (role,) = [it for it in built().resources if it.name == "ground-role-planner-bucket"]
    assert re.fullmatch(r"tradewind_prod_planner_bucket_[0-9a-f]{6}", role.inputs["roleId"])


def test_every_permission_of_the_table_is_bound_somewhere() -> None:
    roles = [it for it in built().resources if kind_of(it) == "IAMCustomRole"]
    for who in WHO:
        given = {name for it in roles if it.name.startswith(f"ground-role-{who}-") for name in it.inputs["permissions"]}
        rows = actions.rows(actions.IDENTITIES[who], ("secrets",))
        assert given == {row.permission for row in rows}


def test_nobody_acts_as_another_but_the_deployer_as_the_runtime() -> None:
    recorded = built()
    acting = [it for it in recorded.of(BOUND["runtime"])]
    assert {(it.name, it.inputs["serviceAccountId"].rpartition("/")[2]) for it in acting} == {
        ("ground-planner-runtime", mail("runtime")),
        ("ground-deployer-runtime", mail("runtime")),
    }
    able = [it.name for it in recorded.resources if "iam.serviceAccounts.actAs" in it.inputs.get("permissions", ())]
    assert able == ["ground-role-deployer-runtime"]


def test_no_role_of_googles_own_is_given() -> None:
    given = {it.inputs["role"] for it in built().resources if "role" in it.inputs}
    assert all(it.startswith("projects/acme-ml/roles/") for it in given)


def test_who_is_trusted_makes_tokens_of_that_account_alone() -> None:
    recorded = built(
        trusted={"planner": ["group:all@acme.com", "group:all@acme.com"], "deployer": ["group:ml@acme.com"]}
    )
    sound(recorded)
    given = holding(recorded, "roles/iam.serviceAccountTokenCreator")
    assert {(it.inputs["serviceAccountId"].rpartition("/")[2], it.inputs["member"]) for it in given} == {
        (mail("planner"), "group:all@acme.com"),
        (mail("deployer"), "group:ml@acme.com"),
    }
    assert len(given) == 2
    assert "ground-api-iamcredentials" in {it.name for it in recorded.resources}


# ---- secrets


def test_named_secrets_are_allowed_each_for_itself() -> None:
    recorded = built(secrets=["hub-token", "projects/acme-ml/secrets/wandb/versions/3"], projects=["fraud"])
    given = recorded.of("gcp:secretmanager/secretIamMember:SecretIamMember")
    assert {it.inputs["secretId"] for it in given} == {"hub-token", "projects/acme-ml/secrets/wandb"}
    assert {it.inputs["member"] for it in given} == {f"serviceAccount:{mail('runtime')}"}
    assert not [it for it in recorded.resources if it.name.startswith("ground-runtime-secrets")]


def test_secrets_of_projects_are_those_whose_names_begin_with_them() -> None:
    recorded = built(projects=["fraud", "churn"])
    condition = one(recorded, "runtime-secrets-fraud").inputs["condition"]
    assert condition["expression"] == (
        'resource.name.extract("/secrets/{name}/").startsWith("fraud")'
        ' || resource.name.extract("/secrets/{name}/").startsWith("churn")'
    )


def test_no_condition_has_more_operators_than_iam_takes() -> None:
    projects = [f"project-{number}" for number in range(30)]
    recorded = built(projects=projects)
    said = [it.inputs["condition"]["expression"] for it in recorded.resources if "-secrets-" in it.name]
    assert max(it.count("||") for it in said) <= 12
    assert all(sum(f'"{name}")' in it for it in said) == 1 for name in projects)


# ---- accounts that were there

EXISTING = {who: f"{who}@acme-ml.iam.gserviceaccount.com" for who in WHO}


def test_an_account_that_was_there_is_given_no_role() -> None:
    recorded = built(existing=EXISTING)
    assert not {"Account", "IAMCustomRole", "IAMMember", "BucketIAMMember", "RepositoryIamMember"} & set(
        kinds(recorded)
    )


def test_who_may_act_as_it_is_bound_on_it_all_the_same() -> None:
    recorded = built(
        existing=EXISTING, trusted={"deployer": ["group:ml@acme.com"]}, github={"repository": "acme/fraud"}
    )
    bound = {it.inputs["serviceAccountId"] for it in recorded.of(BOUND["runtime"])}
    assert bound == {f"projects/acme-ml/serviceAccounts/{EXISTING[who]}" for who in ("planner", "deployer")}


@pytest.mark.parametrize(
    ("said", "named"),
    [("run@ml.acme.com.iam.gserviceaccount.com", "acme.com:ml"), ("1-compute@developer.gserviceaccount.com", "-")],
)
def test_the_project_of_an_account_is_read_of_its_mail(said: str, named: str) -> None:
    recorded = built(existing={"deployer": said}, trusted={"deployer": ["group:ml@acme.com"]})
    (given,) = holding(recorded, "roles/iam.serviceAccountTokenCreator")
    assert given.inputs["serviceAccountId"] == f"projects/{named}/serviceAccounts/{said}"


def test_a_runtime_of_another_project_is_left_to_its_owner() -> None:
    recorded = built(existing={"runtime": "run@other.iam.gserviceaccount.com"})
    assert not recorded.of(BOUND["runtime"])
    sound(recorded)


@pytest.mark.parametrize(
    ("address", "bound"),
    [
        ("us-docker.pkg.dev/acme-ml/images/sub", {("us", "images")}),
        ("us-docker.pkg.dev/other/images", set()),
        ("docker.io/acme", set()),
    ],
)
def test_a_registry_that_was_there_is_opened_where_it_is_of_the_project(address: str, bound: set[Any]) -> None:
    recorded = built(existing={"registry": address})
    given = recorded.of(BOUND["registry"])
    assert {(it.inputs["location"], it.inputs["repository"]) for it in given} == bound
    assert "Repository" not in kinds(recorded)


# ---- GitHub


def test_github() -> None:
    recorded = built(
        github={"repository": "acme@1/fraud@2", "planner": ["pull_request"], "deployer": ["environment:prod"]}
    )
    sound(recorded)
    provider = one(recorded, "github-provider").inputs
    assert provider["oidc"] == {"issuerUri": "https://token.actions.githubusercontent.com"}
    assert provider["attributeCondition"] == 'assertion.repository == "acme/fraud"'
    assert provider["attributeMapping"]["google.subject"] == "assertion.sub"
    pool = one(recorded, "github-pool").inputs["workloadIdentityPoolId"]
    assert provider["workloadIdentityPoolId"] == pool
    given = holding(recorded, "roles/iam.workloadIdentityUser")
    at = f"principal://iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/{pool}/subject/"
    assert {(it.inputs["serviceAccountId"].rpartition("/")[2], it.inputs["member"]) for it in given} == {
        (mail("planner"), f"{at}repo:acme@1/fraud@2:pull_request"),
        (mail("deployer"), f"{at}repo:acme@1/fraud@2:environment:prod"),
    }
    assert {"ground-api-sts", "ground-api-iamcredentials"} <= {it.name for it in recorded.resources}


def test_githubs_pool_that_was_there_is_used() -> None:
    pool = "projects/9/locations/global/workloadIdentityPools/theirs"
    recorded = built(github={"repository": "acme/fraud"}, existing={"github_pool": f"{pool}/providers/github"})
    assert not {"WorkloadIdentityPool", "WorkloadIdentityPoolProvider"} & set(kinds(recorded))
    given = holding(recorded, "roles/iam.workloadIdentityUser")
    assert {it.inputs["member"].partition("/subject/")[0] for it in given} == {f"principal://iam.googleapis.com/{pool}"}
