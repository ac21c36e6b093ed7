"""Versions and wishes of the serving tests, and the loop that the engine runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws.ground import Ground
from tradewind.providers.aws.native import NativeServer
from tradewind.providers.base import Server
from tradewind.spec.clouds.aws import Aws, AwsServe
from tradewind.values import Artifact, Container, Hardware, Machine, Observed, Policy, Serving, Version, Wanted

from .pretended import Account

ROLE = "arn:aws:iam::123456789012:role/runtime"
GROUND = Ground("eu-west-1", ROLE)
MINUTE = timedelta(minutes=1)
PING = (
    "The primary container for production variant a did not pass the ping health check. Please check CloudWatch logs."
)
TAGS = {"tradewind-project": "churn", "team": "growth"}
ONE, TWO, THREE = (f"sha256:{n * 64}" for n in "123")


def artifact(path: str, single: bool = True) -> Artifact:
    return Artifact(f"s3://bucket/p/default/{path}", "sha256:0", single=single)


G6E = Machine("ml.g6e.xlarge", 4, 32, "L40S", 1)
M5 = Machine("ml.m5.large", 2, 8)
BOX = Container(
    "sagemaker/pytorch-inference:2.6.0-gpu-py312-cu124-ubuntu22.04-sagemaker", G6E, Hardware(), env={"LEVEL": "info"},
    secrets={"TOKEN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token"}, code=artifact("bundles/c0de.tar.gz"),
    runtime=artifact("runtime/5e1f.tar.gz"), requirements="requirements.txt",
)  # fmt: skip
SERVING = Serving(handler="serve.py", framework="pytorch")
CANARY = Policy(
    "canary", (10,), MINUTE * 5, MINUTE * 20, 200, MINUTE * 30, error_rate=0.01, p95=timedelta(milliseconds=500)
)


def version(digest: str = ONE, slot: str = "a", **more: Any) -> Version:
    plain = Version(slot, digest, BOX, artifact("runs/1a2b/model", single=False), SERVING, min=1, max=4, target=8)
    return replace(plain, **more)


def want(*versions: Version, name: str = "churn", tags: dict[str, str] | None = None, **traffic: int) -> Wanted:
    shares = traffic or ({versions[0].slot: 100} if versions else {})
    return Wanted(name, versions, shares, tags=TAGS if tags is None else tags)


def options(**more: Any) -> Container:
    return replace(BOX, options=AwsServe(**more))


def server(account: Account, settings: Aws | None = None) -> NativeServer:
    """One that remembers nothing, as in another process."""
    return NativeServer(account, GROUND, settings or Aws())  # type: ignore[arg-type]  # a session's face


def settle(
    account: Account,
    wish: Wanted,
    policy: Policy | None = None,
    *,
    fails: str = "",
    made: Callable[[], Server] | None = None,
) -> Observed:
    """As the engine: ask until it is over. Between two calls SageMaker ends what it does; each call is from a new process."""
    for _ in range(60):
        one: Any = made() if made else server(account)
        writes = len(account.writes())
        try:
            seen: Observed = one.advance(wish) if policy is None else one.advance_natively(wish, policy)
        except ProviderError as error:
            if not account.dies or error.kind != "transient":
                raise
            continue
        finally:
            assert len(account.writes()) - writes <= 1, account.writes()[writes:]
        if seen.phase != "moving":
            return seen
        state = account.endpoints.get(wish.name, {}).get("EndpointStatus", "")
        if state not in ("", "InService", "Failed", "UpdateRollbackFailed"):
            account.finish(wish.name, fails=fails if state in ("Creating", "Updating") else "")
    raise AssertionError(f"does not settle: {account.writes()}")


def config(digest: str) -> str:
    """Name of the endpoint configuration of a version of `churn`."""
    return names.version("churn", digest)
