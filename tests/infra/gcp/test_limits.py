"""What Google cannot have is told by the arguments, before anything is started."""

from __future__ import annotations

from typing import Any

import pytest

from tradewind.errors import SpecError
from tradewind.infra import config
from tradewind.infra.arguments import GcpFoundationArgs

PLAIN: dict[str, Any] = {"environment": "prod", "project": "acme-ml", "region": "europe-west4"}
KEY = "projects/p/locations/{}/keyRings/r/cryptoKeys/k"
BUDGET: dict[str, Any] = {"budget": {"month": 1}, "billing_account": "0A1B2C-0A1B2C-0A1B2C"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"tags": {"managed-by": "us"}}, "tags: managed-by is tradewind's own label"),
        ({"tags": {f"t{number}": "" for number in range(62)}}, "Google takes 64 labels"),
        ({"name": "my-google-ml"}, "no bucket's name may hold `google`"),
        ({"name": "gcp", "github": {"repository": "a/b"}}, "name: Google keeps pools"),
        ({"name": "gcp-ml", "github": {"repository": "a/b"}}, "give existing.github_pool"),
        ({"existing": {"bucket": "gs://theirs"}}, "existing.bucket: a bucket's name, without gs://"),
        ({"existing": {"kms_key": "k"}}, "existing.kms_key: projects/PROJECT/locations"),
        ({"existing": {"kms_key": KEY.format("us")}}, "it has to be of europe-west4, and is of us"),
        ({"existing": {"runtime": "run"}}, "existing.runtime: a service account's mail"),
        ({"existing": {"planner": "serviceAccount:p@x.iam.gserviceaccount.com"}}, "existing.planner"),
        ({"existing": {"network": "global/networks/a"}}, "existing.network"),
        ({"existing": {"network": "a", "subnets": ["projects/p/regions/us-east1/subnetworks/a"]}}, "existing.subnets"),
        ({"existing": {"subnets": ["a"]}}, "of which network"),
        ({"existing": {"alerts": "7"}}, "existing.alerts"),
        (
            {"existing": {"github_pool": "projects/acme-ml/locations/global/workloadIdentityPools/a"}},
            "existing.github_pool",
        ),
        ({"watch": [{"endpoint": 'a"}'}]}, "no endpoint's id"),
        ({"watch": [{"endpoint": "fraud", "idle": "1m"}]}, "ten at least"),
        ({"watch": [{"endpoint": "fraud", "idle": "800d"}]}, "700 days at most"),
        (BUDGET | {"mails": [f"{name}@acme.com" for name in "abcdef"]}, "tells 5 at most, and there are 6"),
        ({"budget": {"month": 1}, "mails": ["a@acme.com"]}, "give `billing_account`"),
        ({"secrets": ["projects/other/secrets/a"]}, "is not of acme-ml"),
        ({"trusted": {"deployer": ["allUsers"]}}, "not 'allUsers'"),
        ({"trusted": {"planner": ["allAuthenticatedUsers"]}}, "not 'allAuthenticatedUsers'"),
        ({"github": {"repository": "a/b", "planner": ["ref:refs/heads/*"]}}, "has a star"),
        ({"github": {"repository": "a/b", "deployer": [f"ref:refs/heads/{'x' * 120}"]}}, "longer than the 127 bytes"),
    ],
)
def test_it_is_refused(said: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match="validation error") as problem:
        GcpFoundationArgs.model_validate(PLAIN | said)
    assert told in str(problem.value)


@pytest.mark.parametrize(
    "said",
    [
        {"tags": {"Team": "ML ops", "cost": "42"}},
        {"name": "my-google-ml", "existing": {"bucket": "theirs"}},
        {"name": "gcp-ml"},
        {"name": "gcpml", "github": {"repository": "a/b"}},
        {
            "name": "gcp",
            "github": {"repository": "a/b"},
            "existing": {"github_pool": "projects/1/locations/global/workloadIdentityPools/a/providers/b"},
        },
        {"existing": {"kms_key": KEY.format("europe-west4")}},
        {"existing": {"network": "a", "subnets": ["b"]}},
        {
            "existing": {
                "github_pool": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/a/providers/b"
            }
        },
        BUDGET | {"mails": [f"{name}@acme.com" for name in "abcde"]},
        {"secrets": ["a", "projects/acme-ml/secrets/a", "projects/123/secrets/a/versions/2"]},
        {"trusted": {"deployer": ["principalSet://iam.googleapis.com/projects/1/x", "user:a@acme.com"]}},
        {"watch": [{"endpoint": "1234567890123456789", "idle": "30d"}]},
    ],
)
def test_it_is_taken(said: dict[str, Any]) -> None:
    GcpFoundationArgs.model_validate(PLAIN | said)


def test_all_slips_are_told_at_once_and_as_one_of_the_spec() -> None:
    said = {"cloud": "gcp", **PLAIN, "existing": {"alerts": "7", "bucket": "gs://b"}}
    with pytest.raises(SpecError) as problem:
        config.arguments(said, "prod", "tradewind")
    assert "existing.alerts" in str(problem.value)
    assert "existing.bucket" in str(problem.value)
