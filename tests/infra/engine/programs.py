"""A stack of the real engine on attached providers, and programs for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pulumi_azure_native as azure
import pulumi_gcp as gcp
from pulumi import Output, ResourceOptions, automation, export

from tradewind.sandbox.pulumi import Attached

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
RIGHTS: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}

NARROWER = {**RIGHTS, "Statement": [{**RIGHTS["Statement"][0], "Resource": "arn:aws:s3:::mine/*"}]}


def stack(folder: Path, attached: Attached, program: Callable[[], None], **environ: str) -> Any:
    """Raises what the Automation API raises."""
    (folder / "state").mkdir(exist_ok=True)
    settings = automation.ProjectSettings(
        name="ground", runtime="python", backend=automation.ProjectBackend(f"file://{folder / 'state'}")
    )
    around = {
        **attached.environ,
        **environ,
        "PULUMI_CONFIG_PASSPHRASE": "of-a-test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_HOME": str(folder / "home"),
    }
    options = automation.LocalWorkspaceOptions(work_dir=str(folder), project_settings=settings, env_vars=around)
    made = automation.create_or_select_stack("dev", project_name="ground", program=program, opts=options)
    made.set_config("aws:region", automation.ConfigValue("eu-west-1"))
    made.set_config("gcp:project", automation.ConfigValue("acme"))
    return made


def on_aws() -> None:
    provider = aws.Provider("here", region="eu-west-1")
    mine = ResourceOptions(provider=provider)
    bucket = aws.s3.Bucket("bucket", bucket="ground-bucket", tags={"managed-by": "tradewind-infra"}, opts=mine)
    aws.s3.BucketVersioning("versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=mine)
    aws.s3.BucketPublicAccessBlock(
        "access", bucket=bucket.id, block_public_acls=True, block_public_policy=True, opts=mine
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        "encryption",
        bucket=bucket.id,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
        opts=mine,
    )
    aws.s3.BucketObjectv2("object", bucket=bucket.id, key="foundation.json", content="{}", opts=mine)
    role = aws.iam.Role("role", name="ground-role", assume_role_policy=json.dumps(TRUST), opts=mine)
    aws.iam.RolePolicy("rights", name="rights", role=role.name, policy=json.dumps(RIGHTS), opts=mine)
    aws.ecr.Repository("images", name="ground-images", opts=mine)


def on_google_and_azure() -> None:
    gcp.storage.Bucket("bucket", name="ground-bucket", location="EU", uniform_bucket_level_access=True)
    gcp.serviceaccount.Account("planner", account_id="ground-planner")
    group = azure.resources.ResourceGroup("group", resource_group_name="ground", location="westeurope")
    azure.storage.StorageAccount(
        "account",
        resource_group_name=group.name,
        account_name="ground",
        kind="StorageV2",
        sku={"name": "Standard_LRS"},
    )


def a_wrong_kind() -> None:
    aws.s3.Bucket("bucket", bucket="ground-bucket", force_destroy="yes")


def a_secret() -> None:
    mine = ResourceOptions(provider=aws.Provider("here", region="eu-west-1"))
    made = aws.ssm.Parameter(
        "hidden", name="/hidden", type=aws.ssm.ParameterType.STRING, value=Output.secret("hush-hush"), opts=mine
    )
    aws.s3.Bucket("bucket", bucket="ground-bucket", tags={"from": made.value}, opts=mine)
    export("value", made.value)
