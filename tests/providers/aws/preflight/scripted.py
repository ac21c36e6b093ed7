"""An AWS account whose answers a test writes down. botocore's own checks of what is asked stay in force; nothing is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from tradewind.providers.aws.preflight import checks
from tradewind.providers.aws.session import Session
from tradewind.providers.base import Check
from tradewind.spec.clouds.aws import Aws, AwsServe, AwsTrain
from tradewind.values import Artifact, Container, Foundation, Hardware, Machine, Policy, Run, Serving, Version, Wanted

ACCOUNT, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/trainer"
OWN_IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/team/train:3"
TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
FOUNDATION = Foundation("s3://ground/ml", outputs={"runtime_role": ROLE})
POLICY = Policy("canary", (10,), timedelta(minutes=10), timedelta(hours=1), 10, timedelta(minutes=10))


@dataclass(frozen=True)
class Refusal:
    code: str
    message: str = "no"
    status: int = 400


Answer = Mapping[str, Any] | Refusal
Script = dict[str, Answer | Callable[[Mapping[str, Any]], Answer]]


def decisions(denied: Mapping[str, str] | None = None, **more: Any) -> Callable[[Mapping[str, Any]], Answer]:
    """SimulatePrincipalPolicy as IAM answers it: everything is allowed but `denied`, action -> decision."""

    def answer(said: Mapping[str, Any]) -> Answer:
        return {
            "IsTruncated": False,
            "EvaluationResults": [_result(it, said["ResourceArns"]) for it in said["ActionNames"]],
        }

    def _result(action: str, arns: list[str]) -> dict[str, Any]:
        decision = (denied or {}).get(action, "allowed")
        result = {"EvalActionName": action, "EvalResourceName": arns[0] if len(arns) == 1 else "*",
                  "EvalDecision": decision, **(more if decision != "allowed" else {})}  # fmt: skip
        if len(arns) > 1:
            result["ResourceSpecificResults"] = [
                {"EvalResourceName": arn, "EvalResourceDecision": decision} for arn in arns
            ]
        return result

    return answer


def quota(name: str, value: float, code: str = "L-1", **more: Any) -> dict[str, Any]:
    return {"QuotaName": name, "Value": value, "QuotaCode": code, "Adjustable": True, **more}


def role(arn: str, *statements: Mapping[str, Any]) -> Answer:
    """GetRole as IAM answers it: the trust policy is JSON, quoted like a URL."""
    return {"Role": {"Arn": arn, "AssumeRolePolicyDocument": quote(json.dumps({"Statement": list(statements)}))}}


GOOD: Script = {
    "sts.GetCallerIdentity": {"Arn": f"arn:aws:iam::{ACCOUNT}:user/me", "Account": ACCOUNT, "UserId": "U"},
    "ec2.DescribeRegions": {"Regions": [{"RegionName": REGION, "OptInStatus": "opt-in-not-required"}]},
    "ec2.DescribeInstanceTypeOfferings": lambda said: {
        "InstanceTypeOfferings": [{"InstanceType": said["Filters"][0]["Values"][0], "Location": REGION}]
    },
    "iam.GetRole": role(ROLE, TRUST),
    "iam.SimulatePrincipalPolicy": decisions(),
    "s3.HeadBucket": {"BucketRegion": REGION},
    "s3.GetBucketPolicy": Refusal("NoSuchBucketPolicy", "none", 404),
    "ecr.DescribeImages": {"imageDetails": [{"imageSizeInBytes": 3 * 1024**3}]},
    "sagemaker.DescribeEndpoint": Refusal("ValidationException", 'Could not find endpoint "churn".'),
    "service-quotas.GetServiceQuota": Refusal("NoSuchResourceException", "The request failed"),
    "service-quotas.GetAWSDefaultServiceQuota": Refusal("NoSuchResourceException", "The request failed"),
    "service-quotas.ListServiceQuotas": {
        "Quotas": [
            quota(f"ml.{kind} for {use} usage", 8, code=f"L-{number}")
            for number, (kind, use) in enumerate(
                (kind, use)
                for kind in ("m5.large", "g5.xlarge", "g5.2xlarge")
                for use in ("training job", "spot training job", "training warm pool", "endpoint")
            )
        ]
    },
    "service-quotas.ListAWSDefaultServiceQuotas": {"Quotas": []},
}


class Account:
    def __init__(self, settings: Aws | None = None, region: str = REGION, **changed: Any) -> None:
        """`changed`: "iam_GetRole" for "iam.GetRole"; service-quotas is written quotas."""
        names = {key.replace("quotas_", "service-quotas.").replace("_", ".", 1): it for key, it in changed.items()}
        self.answers: Script = {**GOOD, **names}
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.settings = settings or Aws()
        self.session = Session(self.settings, region)
        self._lock = threading.Lock()
        events = self.session.boto.events
        events.register("before-parameter-build", self._note)
        events.register("before-call", self._answer)

    def checks(
        self, run: Run | None = None, want: Wanted | None = None, policy: Policy | None = None,
        foundation: Foundation = FOUNDATION,
    ) -> list[Check]:  # fmt: skip
        return list(checks(self.session, foundation, self.settings, run, want, policy))

    def check(self, name: str, *workload: Any, **more: Any) -> Check:
        """The only one of that name."""
        found = [check for check in self.checks(*workload, **more) if check.name == name]
        assert len(found) == 1, found
        return found[0]

    def _note(self, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["said"] = dict(params)

    def _answer(self, model: Any, context: Mapping[str, Any], **_: Any) -> tuple[Any, Mapping[str, Any]]:
        # botocore names a client by its service's folder, where the model's own name differs
        service = {"monitoring": "cloudwatch"}.get(model.service_model.service_name, model.service_model.service_name)
        call = f"{service}.{model.name}"
        with self._lock:
            self.calls.append((call, context["said"]))
        answer = self.answers[call]
        if callable(answer):
            answer = answer(context["said"])
        if isinstance(answer, Refusal):
            error = {"Code": answer.code, "Message": answer.message}
            return _Http(answer.status), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": answer.status}}
        return _Http(200), {
            "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}},
            **deepcopy(dict(answer)),
        }  # botocore decodes in place


@dataclass(frozen=True)
class _Http:
    status_code: int
    raw: None = None  # nothing was received: botocore's own parsing after the fact has nothing to parse


def run(kind: str = "ml.m5.large", nodes: int = 1, image: str = OWN_IMAGE, **more: Any) -> Run:
    options = more.pop("options", AwsTrain())
    secrets = more.pop("secrets", {})
    container = Container(image, Machine(kind, 2, 8), Hardware(), options=options, secrets=secrets)
    one = Run("churn-0123456789-1", "sha256:1", container, ("true",), {}, {}, "s3://ground/ml/churn/default/outputs/1", None,
              timedelta(hours=3), nodes=nodes)  # fmt: skip
    return replace(one, **more)


def want(kind: str = "ml.g5.xlarge", low: int = 1, high: int = 1, image: str = OWN_IMAGE, **more: Any) -> Wanted:
    options = more.pop("options", AwsServe())
    container = Container(
        image, Machine(kind, 4, 16, "A10G", 1), Hardware(), options=options, secrets=more.pop("secrets", {})
    )
    model = Artifact(more.pop("model", "s3://ground/ml/churn/default/models/1"), "sha256:2")
    version = Version("a", "sha256:3", container, model, Serving(), low, high)
    return Wanted("churn", (version,), {"a": 100})


def endpoint(kind: str, count: int, config: str = "churn-old") -> Script:
    """An endpoint that serves."""
    return {
        "sagemaker.DescribeEndpoint": {
            "EndpointConfigName": config,
            "ProductionVariants": [{"VariantName": "a", "CurrentInstanceCount": count}],
        },
        "sagemaker.DescribeEndpointConfig": {"ProductionVariants": [{"VariantName": "a", "InstanceType": kind}]},
    }
