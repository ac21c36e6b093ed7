"""What all checks look with: the account's clients, what is to be done, and what several of them have to know."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

from tradewind.errors import ProviderError
from tradewind.providers.aws.errors import classified
from tradewind.providers.aws.ground import Ground, ground
from tradewind.providers.aws.preflight.parallel import Once
from tradewind.providers.aws.session import Session
from tradewind.spec.clouds.aws import Aws, AwsServe, AwsTrain
from tradewind.values import Foundation, Policy, Run, Wanted

T = TypeVar("T")
ATTEMPTS = 2  # of one look: a plan that cannot tell is better than one that comes late


@dataclass(frozen=True)
class Caller:
    """Who is signed in. `arn` is the principal whose policies count: of an assumed role the role, path and all."""

    arn: str
    account: str
    partition: str

    @property
    def kind(self) -> str:
        """user, role, assumed-role, federated-user or root."""
        return self.arn.split(":", 5)[5].split("/")[0]


@dataclass(frozen=True)
class Fleet:
    """An endpoint's variant as it stands."""

    instance_type: str
    count: int
    config: str  # name of its endpoint configuration


class Look:
    """Safe from many threads."""

    def __init__(
        self, session: Session, foundation: Foundation, settings: Aws, run: Run | None, want: Wanted | None,
        policy: Policy | None,
    ) -> None:  # fmt: skip
        self.session, self.foundation, self.settings = session, foundation, settings
        self.run, self.want, self.policy = run, want, policy
        self.ground: Ground = ground(foundation, session.region)
        self.caller: Once[Caller] = Once(self._caller)
        self._shared: dict[str, Once[Any]] = {}
        self._lock = threading.Lock()
        self.fleet: Once[Fleet | None] = Once(self._fleet)  # the endpoint as it stands; None where there is none

    def shared(self, name: str, look: Callable[[], T]) -> T:
        """What `look` gives, made once for all checks that name it so."""
        with self._lock:
            once = self._shared.setdefault(name, Once(look))
        return cast(T, once())

    def client(self, service: str) -> Any:
        return self.session.client(service, attempts=ATTEMPTS, group="preflight")

    @property
    def training(self) -> AwsTrain:
        said = self.run.container.options if self.run else None
        return said if isinstance(said, AwsTrain) else self.settings.train

    @property
    def serving(self) -> AwsServe:
        said = self.want.versions[-1].container.options if self.want and self.want.versions else None
        return said if isinstance(said, AwsServe) else self.settings.serve

    @property
    def roles(self) -> Mapping[str, tuple[str, ...]]:
        """Execution role -> what it is for ("train", "serve"). Without a workload the ground's, for both."""
        found: dict[str, tuple[str, ...]] = {}
        uses = {"train": (self.run, self.training.role), "serve": (self.want, self.serving.role)}
        for use, (asked, said) in uses.items():
            if (asked or not (self.run or self.want)) and (role := said or self.ground.role):
                found[role] = (*found.get(role, ()), use)
        return found

    @property
    def expected(self) -> timedelta:
        """How long the command will be at it, at most: the job, then the new version's start and its shares."""
        time = timedelta(0)
        if self.run is not None:
            waits = self.training.max_wait or self.run.max_runtime * 2
            time += waits if self.run.spot else self.run.max_runtime
        if self.want is not None and self.want.versions:
            time += self.want.versions[-1].serving.startup_timeout
        if self.policy is not None:
            time += self.policy.bake * max(1, len(self.policy.steps))
        return time

    def _caller(self) -> Caller:
        with classified("ask who is signed in"):
            said = self.client("sts").get_caller_identity()
        return Caller(said["Arn"], said["Account"], said["Arn"].split(":")[1])

    def _fleet(self) -> Fleet | None:
        if self.want is None:
            return None
        client = self.client("sagemaker")
        try:
            with classified(f"look at endpoint {self.want.name}"):
                seen = client.describe_endpoint(EndpointName=self.want.name)
        except ProviderError as error:
            if error.kind in ("missing", "invalid"):
                return None
            raise
        with classified(f"look at configuration {seen['EndpointConfigName']}"):
            config = client.describe_endpoint_config(EndpointConfigName=seen["EndpointConfigName"])
        kinds = {it["VariantName"]: it.get("InstanceType", "") for it in config["ProductionVariants"]}
        variants = seen.get("ProductionVariants", ())
        count = sum(int(it.get("CurrentInstanceCount") or 0) for it in variants)
        first = next((kinds.get(it["VariantName"], "") for it in variants), "")
        return Fleet(first, count, seen["EndpointConfigName"])
