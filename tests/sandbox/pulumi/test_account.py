"""Each type that is carried out on the emulated account: made, read, changed behind Pulumi's back, changed, deleted twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest

from tests.sandbox.emulator import TRUST, Emulator
from tests.sandbox.pulumi.conftest import REGION
from tests.sandbox.pulumi.talk import Talk, Thing, Values
from tradewind.sandbox.pulumi.aws.account import ROWS

Client = Callable[[str], Any]
TAGS = {"team": "ml", "managed-by": "tradewind-infra"}
ACCOUNT = "123456789012"


def document(*actions: str) -> str:
    one = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [one]})


def policy_of(arn: str, *actions: str) -> str:
    one = {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": list(actions)}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**one, "Resource": arn}]}, sort_keys=True)


def expire(days: int) -> str:
    when = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": days}
    return json.dumps({"rules": [{"rulePriority": 1, "selection": when, "action": {"type": "expire"}}]})


@dataclass(frozen=True)
class Case:
    """`before` makes what the thing belongs to. `drift` changes it behind Pulumi's back: `drifted` is then what differs."""

    token: str
    inputs: Values
    change: Values
    drift: Callable[[Client, Thing], Any] | None = None
    drifted: str = ""
    before: Callable[[Client], Any] = lambda _: None
    taken: str = ""  # what the service says where it is there already; "" where it takes a second one
    gives: frozenset[str] = field(default=frozenset())


def _role(client: Client, name: str) -> None:
    client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))


def _bucket(client: Client, name: str) -> None:
    where = {"LocationConstraint": REGION}
    client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)


def _setting(kind: str, name: str, first: Values, second: Values, drift: Any, drifted: str) -> Case:
    token = f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}"
    return Case(
        token, {"bucket": name, **first}, {"bucket": name, **second}, drift, drifted, lambda it: _bucket(it, name)
    )


SSE = "applyServerSideEncryptionByDefault"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}"
RULE = {"id": "old", "status": "Enabled", "filter": {"prefix": "scratch/"}, "expiration": {"days": 14}}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}


def over_tls(name: str, sid: str) -> str:
    statement = {"Sid": sid, **DENY, "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


ALARM = {
    "name": "of-queries",
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 3,
    "threshold": 5,
    "alarmActions": [f"{TOPIC}:nobody"],
    "tags": TAGS,
}
SUM = {"metricName": "Invocation5XXErrors", "namespace": "AWS/SageMaker", "period": 60, "stat": "Sum"}
QUERIES = [
    {"id": "share", "expression": "100 * errors / calls", "label": "percent", "returnData": True},
    {"id": "errors", "metric": {**SUM, "dimensions": {"EndpointName": "e", "VariantName": "a"}}, "returnData": False},
    {
        "id": "calls",
        "metric": {**SUM, "metricName": "Invocations", "dimensions": {"EndpointName": "e"}},
        "returnData": False,
    },
]
PLAIN = {
    **ALARM,
    "name": "plain",
    "metricName": "ModelLatency",
    "namespace": "AWS/SageMaker",
    "period": 60,
    "extendedStatistic": "p95",
    "dimensions": {"EndpointName": "e"},
    "treatMissingData": "notBreaching",
}

# What no service tells: how a thing is to be deleted, and that somebody else's of this name may be overwritten.
NEVER_SEEN = {"forceDestroy", "forceDelete", "deletionWindowInDays"}

CASES = [
    Case(
        "aws:s3/bucket:Bucket",
        {"bucket": "a-bucket", "tags": TAGS},
        {"bucket": "a-bucket", "tags": {"team": "other"}, "forceDestroy": True},
        lambda client, _: client("s3").delete_bucket_tagging(Bucket="a-bucket"),
        "tags",
        taken="BucketAlreadyOwnedByYou",
        gives=frozenset({"arn", "bucketDomainName", "region"}),
    ),
    _setting(
        "BucketVersioning",
        "for-versions",
        {"versioningConfiguration": {"status": "Enabled"}},
        {"versioningConfiguration": {"status": "Suspended"}},
        lambda client, it: client("s3").put_bucket_versioning(
            Bucket=it.id, VersioningConfiguration={"Status": "Suspended"}
        ),
        "versioningConfiguration",
    ),
    _setting(
        "BucketPublicAccessBlock",
        "for-access",
        {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True},
        {"blockPublicAcls": True, "blockPublicPolicy": True},
        lambda client, it: client("s3").put_public_access_block(
            Bucket=it.id,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
            },
        ),
        "restrictPublicBuckets",
    ),
    _setting(
        "BucketServerSideEncryptionConfiguration",
        "for-encryption",
        {"rules": [{SSE: {"sseAlgorithm": "AES256"}, "bucketKeyEnabled": False}]},
        {"rules": [{SSE: {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "k"}, "bucketKeyEnabled": True}]},
        lambda client, it: client("s3").put_bucket_encryption(
            Bucket=it.id,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
            },
        ),
        "rules",
    ),
    _setting(
        "BucketLifecycleConfiguration",
        "for-ages",
        {"rules": [RULE]},
        {"rules": [{**RULE, "expiration": {"days": 3}, "noncurrentVersionExpiration": {"noncurrentDays": 9}}]},
        lambda client, it: client("s3").put_bucket_lifecycle_configuration(
            Bucket=it.id,
            LifecycleConfiguration={
                "Rules": [
                    {"ID": "old", "Status": "Disabled", "Filter": {"Prefix": "scratch/"}, "Expiration": {"Days": 14}}
                ]
            },
        ),
        "rules",
    ),
    _setting(
        "BucketOwnershipControls",
        "for-owners",
        {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
        lambda client, it: client("s3").put_bucket_ownership_controls(
            Bucket=it.id, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        ),
        "rule",
    ),
    _setting(
        "BucketPolicy",
        "for-policy",
        {"policy": over_tls("for-policy", "One")},
        {"policy": over_tls("for-policy", "Two")},
        lambda client, it: client("s3").put_bucket_policy(Bucket=it.id, Policy=over_tls(it.id, "Theirs")),
        "policy",
    ),
    Case(
        "aws:s3/bucketObjectv2:BucketObjectv2",
        {"bucket": "for-objects", "key": "a/foundation.json", "content": "{}", "contentType": "application/json"},
        {"bucket": "for-objects", "key": "a/foundation.json", "content": '{"a": 1}'},
        lambda client, it: client("s3").put_object(Bucket="for-objects", Key=it.id, Body=b"[]"),
        "content",
        lambda client: _bucket(client, "for-objects"),
        gives=frozenset({"etag", "arn"}),
    ),
    Case(
        "aws:iam/role:Role",
        {"name": "a-role", "assumeRolePolicy": json.dumps(TRUST), "description": "One", "tags": TAGS},
        {"name": "a-role", "assumeRolePolicy": json.dumps(TRUST), "maxSessionDuration": 7200, "tags": {"a": "b"}},
        lambda client, _: client("iam").untag_role(RoleName="a-role", TagKeys=["team"]),
        "tags",
        taken="EntityAlreadyExists",
        gives=frozenset({"arn", "uniqueId"}),
    ),
    Case(
        "aws:iam/rolePolicy:RolePolicy",
        {"name": "inline", "role": "of-inline", "policy": document("s3:GetObject")},
        {"name": "inline", "role": "of-inline", "policy": document("s3:PutObject")},
        lambda client, _: client("iam").put_role_policy(
            RoleName="of-inline", PolicyName="inline", PolicyDocument=document("s3:*")
        ),
        "policy",
        lambda client: _role(client, "of-inline"),
    ),
    Case(
        "aws:iam/policy:Policy",
        {"name": "a-policy", "policy": document("s3:GetObject"), "tags": TAGS},
        {"name": "a-policy", "policy": document("s3:PutObject"), "tags": {"a": "b"}},
        lambda client, it: client("iam").create_policy_version(
            PolicyArn=it.id, PolicyDocument=document("s3:*"), SetAsDefault=True
        ),
        "policy",
        taken="EntityAlreadyExists",
        gives=frozenset({"arn"}),
    ),
    Case(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        {"role": "of-attached", "policyArn": f"arn:aws:iam::{ACCOUNT}:policy/attached"},
        {},
        before=lambda client: (
            _role(client, "of-attached"),
            client("iam").create_policy(PolicyName="attached", PolicyDocument=document("s3:GetObject")),
        ),
    ),
    Case(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        {"url": "https://token.example.com", "clientIdLists": ["sts.amazonaws.com"], "tags": TAGS},
        {"url": "https://token.example.com", "clientIdLists": ["sts.amazonaws.com"], "thumbprintLists": ["a" * 40]},
        lambda client, it: client("iam").untag_open_id_connect_provider(
            OpenIDConnectProviderArn=it.id, TagKeys=["team"]
        ),
        "tags",
        taken="EntityAlreadyExists",
        gives=frozenset({"arn"}),
    ),
    Case(
        "aws:ecr/repository:Repository",
        {
            "name": "a-repository",
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "AES256"}],
            "tags": TAGS,
        },
        {
            "name": "a-repository",
            "encryptionConfigurations": [{"encryptionType": "AES256"}],
            "tags": {"team": "other"},
        },
        lambda client, _: client("ecr").put_image_tag_mutability(
            repositoryName="a-repository", imageTagMutability="MUTABLE"
        ),
        "imageTagMutability",
        taken="RepositoryAlreadyExistsException",
        gives=frozenset({"arn", "repositoryUrl", "registryId"}),
    ),
    Case(
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        {"repository": "of-ages", "policy": expire(14)},
        {"repository": "of-ages", "policy": expire(3)},
        lambda client, _: client("ecr").put_lifecycle_policy(repositoryName="of-ages", lifecyclePolicyText=expire(90)),
        "policy",
        lambda client: client("ecr").create_repository(repositoryName="of-ages"),
    ),
    Case(
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        {"repository": "of-others", "policy": policy_of("*", "ecr:BatchGetImage")},
        {"repository": "of-others", "policy": policy_of("*", "ecr:DescribeImages")},
        lambda client, _: client("ecr").set_repository_policy(
            repositoryName="of-others", policyText=policy_of("*", "ecr:PutImage")
        ),
        "policy",
        lambda client: client("ecr").create_repository(repositoryName="of-others"),
    ),
    Case(
        "aws:sns/topicPolicy:TopicPolicy",
        {"arn": f"{TOPIC}:of-policies", "policy": policy_of(f"{TOPIC}:of-policies", "sns:Publish")},
        {"arn": f"{TOPIC}:of-policies", "policy": policy_of(f"{TOPIC}:of-policies", "sns:Subscribe")},
        lambda client, it: client("sns").set_topic_attributes(
            TopicArn=it.id, AttributeName="Policy", AttributeValue=policy_of(it.id, "sns:ListTagsForResource")
        ),
        "policy",
        lambda client: client("sns").create_topic(Name="of-policies"),
    ),
    Case(
        "aws:kms/key:Key",
        {"description": "One", "enableKeyRotation": True, "deletionWindowInDays": 30, "tags": TAGS},
        {"description": "Two", "enableKeyRotation": False, "tags": {"team": "other"}},
        lambda client, it: client("kms").disable_key_rotation(KeyId=it.id),
        "enableKeyRotation",
        gives=frozenset({"arn", "keyId"}),
    ),
    Case(
        "aws:cloudwatch/logGroup:LogGroup",
        {"name": "/a/group", "retentionInDays": 30, "tags": TAGS},
        {"name": "/a/group", "retentionInDays": 7, "tags": {"team": "other"}},
        lambda client, _: client("logs").delete_retention_policy(logGroupName="/a/group"),
        "retentionInDays",
        taken="ResourceAlreadyExistsException",
        gives=frozenset({"arn"}),
    ),
    Case(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {**ALARM, "metricQueries": QUERIES},
        {**ALARM, "metricQueries": QUERIES, "threshold": 0.5, "tags": {"team": "other"}},
        lambda client, _: client("cloudwatch").disable_alarm_actions(AlarmNames=["of-queries"]),
        "actionsEnabled",
        gives=frozenset({"arn"}),
    ),
    Case(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        PLAIN,
        {**PLAIN, "alarmActions": [], "okActions": [f"{TOPIC}:nobody"], "alarmDescription": "Slow"},
        lambda client, it: client("cloudwatch").untag_resource(ResourceARN=it.state["arn"], TagKeys=["team"]),
        "tags",
        gives=frozenset({"arn"}),
    ),
    Case(
        "aws:sns/topic:Topic",
        {"name": "a-topic", "kmsMasterKeyId": "alias/mine", "tags": TAGS},
        {"name": "a-topic", "displayName": "Alerts", "tags": {"team": "other"}},
        lambda client, it: client("sns").untag_resource(ResourceArn=it.id, TagKeys=["team"]),
        "tags",
        gives=frozenset({"arn", "owner"}),
    ),
    Case(
        "aws:sns/topicSubscription:TopicSubscription",
        {"topic": f"{TOPIC}:of-mails", "protocol": "email", "endpoint": "team@acme.com"},
        {
            "topic": f"{TOPIC}:of-mails",
            "protocol": "email",
            "endpoint": "team@acme.com",
            "filterPolicy": '{"a": ["b"]}',
        },
        lambda client, it: client("sns").set_subscription_attributes(
            SubscriptionArn=it.id, AttributeName="FilterPolicy", AttributeValue='{"c": ["d"]}'
        ),
        "filterPolicy",
        lambda client: client("sns").create_topic(Name="of-mails"),
        gives=frozenset({"arn"}),
    ),
    Case(
        "aws:ssm/parameter:Parameter",
        {"name": "/a/parameter", "type": "String", "value": "one", "tags": TAGS},
        {"name": "/a/parameter", "type": "String", "value": "two", "description": "Two", "tags": {"team": "other"}},
        lambda client, _: client("ssm").put_parameter(Name="/a/parameter", Value="three", Overwrite=True),
        "value",
        taken="ParameterAlreadyExists",
        gives=frozenset({"arn", "version"}),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.token.rpartition(':')[2]}")
def test_a_life(case: Case, aws: Talk, emulator: Emulator) -> None:
    def client(service: str) -> Any:
        return emulator.client(service, REGION)

    case.before(client)
    made = aws.create(case.token, case.inputs)
    assert case.gives <= made.state.keys()
    seen = aws.read(made)
    assert seen is not None
    assert (seen.inputs, seen.state) == (made.inputs, made.state), "what was just made differs from what was asked for"
    known = f"{made.inputs['bucket']}/{made.id}" if "Object" in case.token else made.id
    imported = aws.read(Thing(case.token, {}, known))
    assert imported is not None
    changed = set(aws.diff(imported, made.inputs).diffs) - NEVER_SEEN
    assert not changed, "who knows its id alone finds something else"
    if case.taken:
        with pytest.raises(grpc.RpcError, match=case.taken):
            aws.create(case.token, case.inputs)
    if case.drift is not None:
        case.drift(client, made)
        drifted = aws.read(made)
        assert drifted is not None
        assert list(aws.diff(drifted, made.inputs).diffs) == [case.drifted]
        made = aws.update(drifted, case.inputs)
        mended = aws.read(made)
        assert mended is not None
        assert mended.inputs == made.inputs, "what was changed behind Pulumi's back was not put right"
    if case.change:
        assert not aws.diff(made, case.change).replaces
        made = aws.update(made, case.change)
        after = aws.read(made)
        assert after is not None
        assert (after.inputs, after.state) == (made.inputs, made.state)
    aws.delete(made)
    aws.delete(made)  # of what is gone already


def test_a_name_of_a_key(aws: Talk, emulator: Emulator) -> None:
    kms = emulator.client("kms", REGION)
    one, other = (kms.create_key()["KeyMetadata"] for _ in range(2))
    made = aws.create("aws:kms/alias:Alias", {"name": "alias/mine", "targetKeyId": one["KeyId"]})
    assert made.state["targetKeyArn"] == one["Arn"]
    with pytest.raises(grpc.RpcError, match="AlreadyExists"):
        aws.create("aws:kms/alias:Alias", {"name": "alias/mine", "targetKeyId": one["KeyId"]})
    kms.update_alias(AliasName="alias/mine", TargetKeyId=other["KeyId"])
    drifted = aws.read(made)
    assert drifted is not None
    assert list(aws.diff(drifted, made.inputs).diffs) == ["targetKeyId"]
    assert aws.update(drifted, made.inputs).state["targetKeyArn"] == one["Arn"]
    kms.delete_alias(AliasName="alias/mine")
    assert aws.read(made) is None
    aws.delete(made)


def test_a_key_that_waits_for_its_deletion_is_gone(aws: Talk, emulator: Emulator) -> None:
    made = aws.create("aws:kms/key:Key", {"deletionWindowInDays": 7})
    aws.delete(made)
    described = emulator.client("kms", REGION).describe_key(KeyId=made.id)["KeyMetadata"]
    assert described["KeyState"] == "PendingDeletion"
    assert aws.read(made) is None


def test_what_is_gone_is_read_as_gone(aws: Talk, emulator: Emulator) -> None:
    made = aws.create("aws:ecr/repository:Repository", {"name": "to-be-lost"})
    emulator.client("ecr", REGION).delete_repository(repositoryName="to-be-lost")
    assert aws.read(made) is None


def test_a_tag_put_by_hand_beside_ours_is_found_and_goes(aws: Talk, emulator: Emulator) -> None:
    iam = emulator.client("iam", REGION)
    said = {"name": "tagged", "assumeRolePolicy": json.dumps(TRUST), "tags": {"ours": "1"}}
    made = aws.create("aws:iam/role:Role", said)
    iam.tag_role(RoleName="tagged", Tags=[{"Key": "theirs", "Value": "2"}])
    drifted = aws.read(made)
    assert drifted is not None
    assert drifted.inputs["tags"] == {"ours": "1", "theirs": "2"}
    aws.update(drifted, made.inputs)
    assert iam.get_role(RoleName="tagged")["Role"]["Tags"] == [{"Key": "ours", "Value": "1"}]


def test_a_bucket_with_something_in_it_stays(aws: Talk, emulator: Emulator) -> None:
    made = aws.create("aws:s3/bucket:Bucket", {"bucket": "with-something"})
    emulator.client("s3", REGION).put_object(Bucket="with-something", Key="a", Body=b"a")
    with pytest.raises(grpc.RpcError, match="BucketNotEmpty"):
        aws.delete(made)
    aws.delete(aws.update(made, {"bucket": "with-something", "forceDestroy": True}))
    assert aws.read(made) is None


def test_each_row_has_a_case() -> None:
    same = {"aws:s3/bucketV2:BucketV2", "aws:s3/bucketObject:BucketObject"}  # older names of types that have one
    assert {case.token for case in CASES} | same | {"aws:kms/alias:Alias"} == ROWS.keys()
