"""The real engine on the attached providers: what it makes is really there, once, and drift is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation

from tests.infra.engine import programs
from tradewind.sandbox.pulumi import Attached

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_stack_lives_on_the_account(account: Any, attached: Attached, tmp_path: Path) -> None:
    stack = programs.stack(tmp_path, attached, programs.on_aws)
    assert stack.preview().change_summary["create"] == 10
    stack.up()
    s3, iam = account.client("s3", "eu-west-1"), account.client("iam", "eu-west-1")
    assert s3.get_bucket_versioning(Bucket="ground-bucket")["Status"] == "Enabled"
    assert s3.get_object(Bucket="ground-bucket", Key="foundation.json")["Body"].read() == b"{}"
    assert iam.get_role_policy(RoleName="ground-role", PolicyName="rights")["PolicyDocument"] == programs.RIGHTS
    assert set(attached.creates.values()) == {1}

    assert stack.up().summary.resource_changes == {"same": 10}
    assert stack.refresh().summary.resource_changes == {"same": 10}

    s3.put_bucket_versioning(Bucket="ground-bucket", VersioningConfiguration={"Status": "Suspended"})
    iam.put_role_policy(RoleName="ground-role", PolicyName="rights", PolicyDocument=json.dumps(programs.NARROWER))
    assert stack.refresh().summary.resource_changes["update"] == 2
    assert stack.up().summary.resource_changes == {"update": 2, "same": 8}
    assert s3.get_bucket_versioning(Bucket="ground-bucket")["Status"] == "Enabled"
    assert iam.get_role_policy(RoleName="ground-role", PolicyName="rights")["PolicyDocument"] == programs.RIGHTS

    iam.delete_role_policy(RoleName="ground-role", PolicyName="rights")
    stack.refresh()
    assert stack.up().summary.resource_changes == {"create": 1, "same": 9}

    stack.destroy()
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == []
    assert iam.list_roles()["Roles"] == []
    assert attached.kept["aws"].held() == {}


def test_what_has_no_service_keeps_its_state(attached: Attached, tmp_path: Path) -> None:
    stack = programs.stack(tmp_path, attached, programs.on_google_and_azure)
    stack.up()
    assert len(attached.kept["gcp"].held()) == 2
    assert len(attached.kept["azure-native"].held()) == 2
    assert set(stack.up().summary.resource_changes) == {"same"}
    attached.lose("gcp", next(iter(attached.kept["gcp"].held())))
    stack.refresh()
    assert stack.up().summary.resource_changes["create"] == 1
    stack.destroy()
    assert attached.kept["gcp"].held() == attached.kept["azure-native"].held() == {}


def test_a_property_of_another_kind_is_refused(attached: Attached, tmp_path: Path) -> None:
    stack = programs.stack(tmp_path, attached, programs.a_wrong_kind)
    with pytest.raises(automation.CommandError, match="forceDestroy must be a boolean, not a string"):
        stack.up()
    assert attached.creates == {}


def test_a_failing_type_says_why_and_goes_on_where_it_was(attached: Attached, tmp_path: Path) -> None:
    stack = programs.stack(tmp_path, attached, programs.on_aws)
    attached.fail("aws:iam/role:Role", "AccessDenied: not you")
    with pytest.raises(automation.CommandError, match="AccessDenied: not you"):
        stack.up()
    attached.fail("aws:iam/role:Role", "")
    stack.up()
    assert set(attached.creates.values()) == {1}


def test_a_secret_is_made_and_is_in_no_state(account: Any, attached: Attached, tmp_path: Path) -> None:
    stack = programs.stack(tmp_path, attached, programs.a_secret)
    up = stack.up()
    assert (up.outputs["value"].value, up.outputs["value"].secret) == ("hush-hush", True)
    assert "hush-hush" not in up.stdout
    assert account.client("ssm", "eu-west-1").get_parameter(Name="/hidden")["Parameter"]["Value"] == "hush-hush"
    kept = [it.read_text(errors="replace") for it in (tmp_path / "state").rglob("*") if it.is_file()]
    assert any("ground-bucket" in text for text in kept)
    assert not any("hush-hush" in text for text in kept)
    assert set(stack.up(refresh=True).summary.resource_changes) == {"same"}
    stack.destroy()
