"""The IAM actions that each verb needs: one table for planners, deployers, callers and the execution role. Data, no SDK.

A row says what must be allowed, on what, and by which calls of ours it is used; no call where AWS acts in the principal's
name. Sources: the Service Authorization Reference (which action a call needs, which resources it knows) and the developer
guide's "How to use SageMaker execution roles". Tests hold the table against both the calls that are made and that reference.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tradewind.providers.aws import secret_names

Verb = Literal["plan", "preflight", "train", "serve", "status", "logs", "invoke", "down", "job", "endpoint"]
Identity = Literal["planner", "deployer", "caller", "runtime"]
When = Literal["", "autoscaling", "secrets", "kms", "vpc"]

# `deploy up` is plan, preflight, train, serve and logs. What runs inside SageMaker is "job" and "endpoint".
IDENTITIES: Mapping[Identity, tuple[Verb, ...]] = {
    "planner": ("plan", "preflight", "status", "logs"),
    "deployer": ("plan", "preflight", "train", "serve", "status", "logs", "invoke", "down"),
    "caller": ("invoke",),
    "runtime": ("job", "endpoint"),
}

# What a permission can be limited to. `{name}` begins the names of all that one project makes.
ANY = "*"
JOBS = "arn:{partition}:sagemaker:{region}:{account}:training-job/{name}*"
MODELS = "arn:{partition}:sagemaker:{region}:{account}:model/{name}*"
CONFIGS = "arn:{partition}:sagemaker:{region}:{account}:endpoint-config/{name}*"
ENDPOINTS = "arn:{partition}:sagemaker:{region}:{account}:endpoint/{name}*"
BUCKET = "arn:{partition}:s3:::{bucket}"
OBJECTS = "arn:{partition}:s3:::{bucket}/*"
JOB_LOGS = "arn:{partition}:logs:{region}:{account}:log-group:/aws/sagemaker/TrainingJobs:*"
ENDPOINT_LOGS = "arn:{partition}:logs:{region}:{account}:log-group:/aws/sagemaker/Endpoints/{name}*:*"
ALARMS = "arn:{partition}:cloudwatch:{region}:{account}:alarm:tradewind/{name}*"
EVERY_ALARM = "arn:{partition}:cloudwatch:{region}:{account}:alarm:*"
TRACKING = "arn:{partition}:cloudwatch:{region}:{account}:alarm:TargetTracking-endpoint/{name}*"  # autoscaling's own
TARGETS = "arn:{partition}:application-autoscaling:{region}:{account}:scalable-target/*"  # known by ids, not by names
SCALING_ROLE = (
    "arn:{partition}:iam::{account}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
ROLE = "{role}"
ROLES = "arn:{partition}:iam::{account}:role/*"
USERS = "arn:{partition}:iam::{account}:user/*"
OWN_IMAGES = "arn:{partition}:ecr:{region}:{account}:repository/*"
IMAGES = "arn:{partition}:ecr:{region}:*:repository/*"  # AWS's own are in accounts of AWS's
SECRETS = f"{secret_names.SECRET}*"
PARAMETERS = f"{secret_names.PARAMETER}*"
SECRET_KEYS = "arn:{partition}:kms:{region}:{account}:key/*"  # of whoever made the secret; see `Row.via`
KEY = "{key}"
INTERFACES = "arn:{partition}:ec2:{region}:{account}:network-interface/*"
SUBNETS = "arn:{partition}:ec2:{region}:{account}:subnet/*"
GROUPS = "arn:{partition}:ec2:{region}:{account}:security-group/*"


@dataclass(frozen=True)
class Row:
    """`calls` are operations as botocore names them, "client.Operation"."""

    action: str
    verbs: tuple[Verb, ...]
    on: tuple[str, ...] = (ANY,)
    calls: tuple[str, ...] = ()
    when: When = ""
    passed_to: str = ""  # of iam:PassRole: the only service that may be given the role
    via: tuple[str, ...] = ()  # of kms: only as these services ask for it
    why: str = ""


@dataclass(frozen=True)
class Place:
    """Where a policy is to hold. What is not known yet stays a wildcard. `secrets`: references, as the workload has them."""

    region: str = "*"
    account: str = "*"
    bucket: str = "*"
    name: str = ""
    role: str = ""
    key: str = "*"
    partition: str = "aws"
    secrets: tuple[str, ...] = ()

    def arns(self, pattern: str) -> tuple[str, ...]:
        """Of a row's pattern; none where the workload has nothing of the kind."""
        kinds = {SECRETS: secret_names.secret, PARAMETERS: secret_names.parameter}
        if self.secrets and (kind := kinds.get(pattern)) is not None:
            return tuple(self.arn(named) for it in self.secrets if (named := kind(it)) is not None)
        return (self.arn(pattern),)

    def arn(self, pattern: str) -> str:
        role = self.role or f"arn:{self.partition}:iam::{self.account}:role/*"
        return pattern.format(**{**self.__dict__, "role": role})


def _row(action: str, verbs: str, on: str | tuple[str, ...] = ANY, calls: str | None = None, **more: Any) -> Row:
    """`calls` left out: the operation that is called as the action is, of the client of that name."""
    made = (action.replace(":", "."),) if calls is None else tuple(calls.split())
    named: Any = tuple(verbs.split())  # checked against Verb by a test
    return Row(action, named, (on,) if isinstance(on, str) else on, made, **more)


ROWS: tuple[Row, ...] = (
    # ---- who we are, and what is checked before anything is done
    _row("sts:GetCallerIdentity", "preflight", why="needs no permission; no policy can deny it"),
    _row("iam:GetRole", "preflight", ROLES, why="the execution role and its trust; the role behind a session"),
    _row("iam:SimulatePrincipalPolicy", "preflight", (ROLES, USERS)),
    _row("ec2:DescribeRegions", "preflight"),
    _row("ec2:DescribeInstanceTypeOfferings", "preflight"),
    _row("ecr:DescribeImages", "preflight", OWN_IMAGES),
    _row("servicequotas:GetServiceQuota", "preflight", calls="service-quotas.GetServiceQuota"),
    _row("servicequotas:GetAWSDefaultServiceQuota", "preflight", calls="service-quotas.GetAWSDefaultServiceQuota"),
    _row("servicequotas:ListServiceQuotas", "preflight", calls="service-quotas.ListServiceQuotas"),
    _row("servicequotas:ListAWSDefaultServiceQuotas", "preflight", calls="service-quotas.ListAWSDefaultServiceQuotas"),
    _row("s3:GetBucketLocation", "preflight", BUCKET),
    _row("s3:GetBucketPolicy", "preflight", BUCKET),
    # ---- jobs
    _row("sagemaker:CreateTrainingJob", "train", JOBS),
    _row("sagemaker:DescribeTrainingJob", "train status logs down", JOBS),
    _row("sagemaker:ListTrainingJobs", "status down", why="many jobs are looked at by few calls"),
    _row("sagemaker:StopTrainingJob", "train down", JOBS),
    _row("sagemaker:UpdateTrainingJob", "down", JOBS, why="gives a warm pool back, which is billed"),
    _row("sagemaker:DeleteTrainingJob", "down", JOBS),
    # ---- endpoints
    _row("sagemaker:CreateModel", "serve", MODELS),
    _row("sagemaker:DescribeModel", "serve", MODELS),
    _row("sagemaker:ListModels", "serve down", why="what is left of earlier versions"),
    _row("sagemaker:DeleteModel", "serve down", MODELS),
    _row("sagemaker:CreateEndpointConfig", "serve", CONFIGS),
    _row("sagemaker:DescribeEndpointConfig", "preflight serve", CONFIGS),
    _row("sagemaker:ListEndpointConfigs", "serve down"),
    _row("sagemaker:DeleteEndpointConfig", "serve down", CONFIGS),
    _row("sagemaker:CreateEndpoint", "serve", (ENDPOINTS, CONFIGS)),
    _row("sagemaker:UpdateEndpoint", "serve", (ENDPOINTS, CONFIGS)),
    _row("sagemaker:UpdateEndpointWeightsAndCapacities", "serve", ENDPOINTS),
    _row("sagemaker:DescribeEndpoint", "plan preflight serve status logs invoke down", ENDPOINTS),
    _row("sagemaker:DeleteEndpoint", "serve down", ENDPOINTS),
    # ---- both
    _row("iam:PassRole", "train serve", ROLE, calls="", passed_to="sagemaker.amazonaws.com",
         why="CreateTrainingJob and CreateModel hand the execution role to SageMaker"),
    _row("sagemaker:AddTags", "train serve", (JOBS, MODELS, CONFIGS, ENDPOINTS), why="tags of what is created count too"),
    _row("sagemaker:DeleteTags", "serve", (CONFIGS, ENDPOINTS)),
    _row("sagemaker:ListTags", "plan train serve status logs invoke down", (JOBS, MODELS, CONFIGS, ENDPOINTS)),
    _row("sagemaker:Search", "status down", why="all that carries a project's tags"),
    _row("sagemaker:ListEndpoints", "status down", why="where Search may not be asked"),
    # ---- rollouts: alarms, and how a version does
    _row("cloudwatch:PutMetricAlarm", "serve", ALARMS),
    _row("cloudwatch:TagResource", "serve", ALARMS, calls="", why="an alarm that is made with tags"),
    _row("cloudwatch:DescribeAlarms", "serve down", EVERY_ALARM, why="asked for by prefix, which no narrower scope covers"),
    _row("cloudwatch:DeleteAlarms", "serve down", ALARMS),
    _row("cloudwatch:SetAlarmState", "serve down", ALARMS, why="puts a deployment back that nobody wants any more"),
    _row("cloudwatch:GetMetricData", "preflight serve status"),
    # ---- autoscaling
    _row("application-autoscaling:DescribeScalableTargets", "plan serve status logs invoke down"),
    _row("application-autoscaling:RegisterScalableTarget", "serve", TARGETS, when="autoscaling"),
    _row("application-autoscaling:TagResource", "serve", TARGETS, calls="", when="autoscaling",
         why="a target that is registered with tags"),
    _row("application-autoscaling:DeregisterScalableTarget", "serve down", TARGETS, when="autoscaling"),
    _row("application-autoscaling:PutScalingPolicy", "serve", TARGETS, when="autoscaling"),
    _row("application-autoscaling:DescribeScalingPolicies", "serve", when="autoscaling"),
    _row("application-autoscaling:DeleteScalingPolicy", "serve", TARGETS, when="autoscaling"),
    _row("cloudwatch:PutMetricAlarm", "serve", TRACKING, calls="", when="autoscaling",
         why="PutScalingPolicy makes its alarms with the caller's permissions"),
    _row("cloudwatch:DeleteAlarms", "serve down", TRACKING, calls="", when="autoscaling"),
    _row("iam:CreateServiceLinkedRole", "serve", SCALING_ROLE, calls="", when="autoscaling",
         why="the first scalable target of an account makes the role that scales"),
    # ---- logs
    _row("logs:DescribeLogGroups", "serve down"),
    _row("logs:DescribeLogStreams", "train serve logs down", (JOB_LOGS, ENDPOINT_LOGS)),
    _row("logs:GetLogEvents", "train serve logs", (JOB_LOGS, ENDPOINT_LOGS)),
    _row("logs:DeleteLogStream", "down", JOB_LOGS),
    _row("logs:DeleteLogGroup", "serve down", ENDPOINT_LOGS),
    _row("logs:PutRetentionPolicy", "serve", ENDPOINT_LOGS,
         why="the log of a first version that failed stays for 30 days, or until `down`"),
    # ---- requests
    _row("sagemaker:InvokeEndpoint", "serve invoke", ENDPOINTS, calls="sagemaker-runtime.InvokeEndpoint",
         why="the probe of a first version is a request as well"),
    _row("sagemaker:InvokeEndpointWithResponseStream", "invoke", ENDPOINTS,
         calls="sagemaker-runtime.InvokeEndpointWithResponseStream"),
    # ---- the store: ledger, claims, bundles, models
    _row("s3:ListBucket", "plan preflight train serve status logs down", BUCKET,
         calls="s3.HeadBucket s3.ListObjectsV2", why="without it, what is not there answers 403 and not 404"),
    _row("s3:GetObject", "plan train serve status logs down", OBJECTS, calls="s3.GetObject s3.HeadObject"),
    _row("s3:PutObject", "train serve down", OBJECTS,
         calls="s3.PutObject s3.CreateMultipartUpload s3.UploadPart s3.CompleteMultipartUpload"),
    _row("s3:AbortMultipartUpload", "train", OBJECTS),
    _row("s3:DeleteObject", "train serve down", OBJECTS),
    _row("kms:Decrypt", "plan train serve status logs down", KEY, calls="", when="kms"),
    _row("kms:GenerateDataKey", "train serve down", KEY, calls="", when="kms", why="S3 asks for it in the writer's name"),
    _row("kms:DescribeKey", "train serve", KEY, calls="", when="kms"),
    _row("kms:CreateGrant", "train serve", KEY, calls="", when="kms", why="disks of jobs and endpoints"),
    # ---- the execution role: what SageMaker and the container do in its name
    _row("s3:ListBucket", "job endpoint", BUCKET, calls=""),
    _row("s3:GetObject", "job endpoint", OBJECTS, calls="", why="inputs, code, the model"),
    _row("s3:PutObject", "job endpoint", OBJECTS, calls="", why="models, outputs, checkpoints; captured requests"),
    _row("s3:AbortMultipartUpload", "job", OBJECTS, calls=""),
    _row("s3:DeleteObject", "job", OBJECTS, calls="", why="checkpoints are kept in step with the container's folder"),
    _row("logs:CreateLogGroup", "job endpoint", (JOB_LOGS, ENDPOINT_LOGS), calls=""),
    _row("logs:CreateLogStream", "job endpoint", (JOB_LOGS, ENDPOINT_LOGS), calls=""),
    _row("logs:PutLogEvents", "job endpoint", (JOB_LOGS, ENDPOINT_LOGS), calls=""),
    _row("logs:DescribeLogStreams", "job endpoint", (JOB_LOGS, ENDPOINT_LOGS), calls=""),
    _row("cloudwatch:PutMetricData", "job endpoint", calls=""),
    _row("cloudwatch:DescribeAlarms", "endpoint", EVERY_ALARM, calls="",
         why="guardrails look at their alarms, and at `aws.serve.alarms`, as the execution role"),
    _row("ecr:GetAuthorizationToken", "job endpoint", calls=""),
    _row("ecr:BatchCheckLayerAvailability", "job endpoint", IMAGES, calls=""),
    _row("ecr:GetDownloadUrlForLayer", "job endpoint", IMAGES, calls=""),
    _row("ecr:BatchGetImage", "job endpoint", IMAGES, calls=""),
    _row("secretsmanager:GetSecretValue", "job endpoint", SECRETS, when="secrets"),
    _row("ssm:GetParameter", "job endpoint", PARAMETERS, when="secrets", why="for `ssm:/name`"),
    _row("kms:Decrypt", "job endpoint", SECRET_KEYS, calls="", when="secrets", via=("secretsmanager", "ssm"),
         why="of secrets under a key of yours, as Secrets Manager and SSM ask for it"),
    _row("kms:Decrypt", "job endpoint", KEY, calls="", when="kms"),
    _row("kms:GenerateDataKey", "job endpoint", KEY, calls="", when="kms"),
    _row("kms:CreateGrant", "job endpoint", KEY, calls="", when="kms"),
    _row("ec2:CreateNetworkInterface", "job endpoint", (INTERFACES, SUBNETS, GROUPS), calls="", when="vpc"),
    _row("ec2:CreateNetworkInterfacePermission", "job endpoint", INTERFACES, calls="", when="vpc"),
    _row("ec2:DeleteNetworkInterface", "job endpoint", INTERFACES, calls="", when="vpc"),
    _row("ec2:DeleteNetworkInterfacePermission", "job endpoint", INTERFACES, calls="", when="vpc"),
    _row("ec2:DescribeNetworkInterfaces", "job endpoint", calls="", when="vpc"),
    _row("ec2:DescribeVpcs", "job endpoint", calls="", when="vpc"),
    _row("ec2:DescribeDhcpOptions", "job endpoint", calls="", when="vpc"),
    _row("ec2:DescribeSubnets", "job endpoint", calls="", when="vpc"),
    _row("ec2:DescribeSecurityGroups", "job endpoint", calls="", when="vpc"),
)  # fmt: skip

ALWAYS: frozenset[When] = frozenset({"", "autoscaling"})


def rows(verbs: Collection[Verb], when: Collection[When] = ALWAYS) -> Iterator[Row]:
    """The rows that any of these verbs needs."""
    return (row for row in ROWS if row.when in when and set(row.verbs) & set(verbs))


def needs(call: str) -> tuple[Row, ...]:
    """The rows that a call ("sagemaker.CreateModel") is named in; none for one that the table does not know."""
    return tuple(row for row in ROWS if call in row.calls)


def policy(verbs: Collection[Verb], place: Place, when: Collection[When] = ALWAYS) -> dict[str, Any]:
    """The policy document that allows exactly the verbs: one statement for what is allowed on the same things."""
    grouped: dict[tuple[tuple[str, ...], str], set[str]] = {}
    for row in rows(verbs, when):
        arns = tuple(dict.fromkeys(arn for pattern in row.on for arn in place.arns(pattern)))
        if arns and row.action != "sts:GetCallerIdentity":
            grouped.setdefault((arns, json.dumps(_condition(row, place))), set()).add(row.action)
    statements = [
        {"Effect": "Allow", "Action": sorted(actions), "Resource": arns[0] if len(arns) == 1 else list(arns)}
        | json.loads(condition)
        for (arns, condition), actions in grouped.items()
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _condition(row: Row, place: Place) -> dict[str, Any]:
    if row.passed_to:
        return {"Condition": {"StringEquals": {"iam:PassedToService": row.passed_to}}}
    if row.via:
        suffix = "amazonaws.com.cn" if place.partition == "aws-cn" else "amazonaws.com"
        return {"Condition": {"StringLike": {"kms:ViaService": [f"{it}.{place.region}.{suffix}" for it in row.via]}}}
    return {}
