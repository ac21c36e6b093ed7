"""What a deployment needs before it can begin: models, an endpoint configuration, alarms. One write a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.codes import GENERAL
from tradewind.errors import ProviderError
from tradewind.providers.aws import alarms, serve_request, tags
from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws.ground import Ground
from tradewind.providers.aws.hosting import CLOUDWATCH, SAGEMAKER, Hosting
from tradewind.providers.aws.later import unseen
from tradewind.providers.aws.serve_request import Plan
from tradewind.values import Policy, Version, Wanted


class Making:
    """Each method says whether it wrote: then look again. Safe from many threads."""

    def __init__(self, hosting: Hosting, ground: Ground) -> None:
        self._hosting = hosting
        self._ground = ground
        self._configs: dict[str, str] = {}  # ARN of a configuration that is known to be there and ours

    def model(self, want: Wanted, version: Version) -> bool:
        name = names.version(want.name, version.digest)
        arn = self._hosting.model(name)
        if arn is not None:
            self._same(arn, version.digest, f"model {name}")
            return False
        self.write("create_model", f"make model {name}", serve_request.model(name, want, version, self._ground))
        return True

    def config(self, want: Wanted, plan: Plan) -> bool:
        """With the models of all its versions, which come first."""
        if plan.name in self._configs:
            return False
        what = f"endpoint configuration {plan.name}"
        if (found := self._hosting.config(plan.name)) is not None:
            self._same(found.arn, plan.digest, what)
            self._configs[plan.name] = found.arn
            return False
        if not any(self.model(want, version) for version in want.versions):
            self.write("create_endpoint_config", f"make {what}", serve_request.config(want, plan, self._ground))
        return True

    def alarms(self, want: Wanted, config: str, policy: Policy, wait: int) -> bool:
        there = {alarm.name: alarm.limit for alarm in self._hosting.alarms(want.name, config)}
        for request in alarms.requests(want, config, policy, wait):
            if there.get(request["AlarmName"]) != alarms.limit(
                request
            ):  # not there, or of a policy that was changed since
                during = f"make alarm {request['AlarmName']}"
                self._hosting.call(CLOUDWATCH, "put_metric_alarm", during, **request)
                return True
        return False

    def arn(self, config: str) -> str:
        """Of one that `config` found."""
        return self._configs[config]

    def forget(self, config: str) -> None:
        self._configs.pop(config, None)

    def write(self, operation: str, during: str, request: Mapping[str, Any]) -> None:
        """What is there already was made by a call whose answer we never saw, or by somebody with the same wish: a look will
        tell."""
        try:
            self._hosting.call(SAGEMAKER, operation, during, **request)
        except ProviderError as error:
            if error.kind != "conflict" and not unseen(error):
                raise

    def _same(self, arn: str, digest: str, what: str) -> None:
        found = self._hosting.tags(arn).get(tags.DIGEST_TAG)
        if found != digest:
            said = "something else" if found else "something that tradewind did not make"
            raise ProviderError(
                "conflict", f"{what} is there and is {said}", during=f"make {what}", code=GENERAL["conflict"],
                hint="remove it, or give the project another name",
            )  # fmt: skip
