"""The ground, a deployment on it, and nothing left: by the command line, on the real engine and the emulated account."""

from __future__ import annotations

import json

import pytest

from tests.infra.whole.conftest import REGION, Team
from tradewind.infra.results import Op

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
AWS = ("--provider", "aws", "--env", "prod")
BUCKET = f"tradewind-prod-123456789012-{REGION}"


@pytest.fixture
def deployed(team: Team) -> Team:
    """On a ground with a key of its own, which stays what was said when it is not said again."""
    team.begin(f"foundation: {{stack: prod}}\naws: {{region: {REGION}, endpoint_url: {team.account.url}}}\n")
    made = team.json("infra", "up", *AWS, "--yes", "-c", "key=own")
    assert ops(made) == {"create"}
    assert made["outputs"]["root"] == f"s3://{BUCKET}/tradewind"
    team.say("up", *AWS, "--yes")
    return team


def ops(document: dict[str, list[dict[str, Op]]]) -> set[Op]:
    return {step["op"] for step in document["steps"]}


def test_from_nothing_to_an_endpoint_and_back_to_nothing(deployed: Team) -> None:
    team = deployed
    again = team.json("infra", "up", *AWS, "--yes")
    assert (again["did"], again["changes"]) == ("nothing", 0)
    assert set(team.attached.creates.values()) == {1}
    s3 = team.client("s3")
    published = json.loads(s3.get_object(Bucket=BUCKET, Key="tradewind/foundation.json")["Body"].read())
    endpoint = team.client("sagemaker").list_endpoints()["Endpoints"][0]["EndpointName"]
    job = team.client("sagemaker").list_training_jobs()["TrainingJobSummaries"][0]["TrainingJobName"]
    ran = team.client("sagemaker").describe_training_job(TrainingJobName=job)
    assert ran["RoleArn"] == published["outputs"]["runtime"]
    assert json.loads(team.say("endpoint", "invoke", *AWS, "--file", "request.json").out)

    lived_on = team.refused("infra", "destroy", *AWS, "--yes")
    assert (lived_on["code"], endpoint in lived_on["message"]) == ("TW862", True)
    team.say("down", *AWS, "--yes")
    kept = team.refused("infra", "destroy", *AWS, "--yes")
    assert kept["code"] == "TW863"
    assert kept["hint"].startswith("deploy infra up -c protect=false -c keep_objects=false ")
    team.say("infra", "up", *AWS, "-c", "protect=false", "-c", "keep_objects=false", "--yes")
    assert team.json("infra", "destroy", *AWS, "--yes")["did"] == "destroyed"
    assert s3.list_buckets()["Buckets"] == []
    assert team.client("iam").list_roles()["Roles"] == []
    assert team.attached.kept["aws"].held() == {}
    assert team.json("infra", "destroy", *AWS, "--yes")["did"] == "nothing"
    anew = team.json("infra", "preview", *AWS)
    assert [step["protected"] for step in anew["steps"] if step["type"] == "aws:s3/bucket:Bucket"] == [True]


def test_what_was_done_behind_its_back_is_found_and_put_right(team: Team) -> None:
    team.begin("")
    team.say("infra", "up", *AWS, "--yes")
    assert team.json("infra", "drift", *AWS)["changes"] == 0
    s3 = team.client("s3")
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    found = json.loads(team.say("infra", "drift", *AWS, "-o", "json", code=3).out)
    assert {step["name"] for step in found["steps"] if step["op"] != "same"} == {
        "tradewind-bucket-private",
        "tradewind-bucket-versions",
    }
    mended = team.json("infra", "up", *AWS, "--refresh", "--yes")
    assert mended["did"] == "changed"
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket=BUCKET)
    assert team.json("infra", "drift", *AWS)["changes"] == 0
