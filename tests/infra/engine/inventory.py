"""All that stands in the emulated account, and all that is kept beside it."""

from __future__ import annotations

from typing import Any

from tradewind.sandbox.pulumi import Attached

REGION = "eu-west-1"


def left(account: Any, attached: Attached) -> dict[str, list[str]]:
    def client(service: str) -> Any:
        return account.client(service, REGION)

    keys = [it["KeyId"] for it in client("kms").list_keys()["Keys"]]
    states = {it: client("kms").describe_key(KeyId=it)["KeyMetadata"]["KeyState"] for it in keys}
    found: dict[str, list[str]] = {
        "buckets": [it["Name"] for it in client("s3").list_buckets()["Buckets"]],
        "roles": [it["RoleName"] for it in client("iam").list_roles()["Roles"]],
        "policies": [it["Arn"] for it in client("iam").list_policies(Scope="Local")["Policies"]],
        "believed": [it["Arn"] for it in client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]],
        "repositories": [it["repositoryName"] for it in client("ecr").describe_repositories()["repositories"]],
        "keys": [id for id, state in states.items() if state != "PendingDeletion"],
        "names of keys": [it["AliasName"] for it in client("kms").list_aliases()["Aliases"] if "TargetKeyId" in it],
        "logs": [it["logGroupName"] for it in client("logs").describe_log_groups()["logGroups"]],
        "alarms": [it["AlarmName"] for it in client("cloudwatch").describe_alarms()["MetricAlarms"]],
        "topics": [it["TopicArn"] for it in client("sns").list_topics()["Topics"]],
        "subscriptions": [it["SubscriptionArn"] for it in client("sns").list_subscriptions()["Subscriptions"]],
        "parameters": [it["Name"] for it in client("ssm").describe_parameters()["Parameters"]],
    }
    return found | {package: sorted(kept.held()) for package, kept in attached.kept.items()}
