"""What both kinds of servers share: looking, asking, reading, and what is done to an endpoint that is in service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from tradewind.errors import ProviderError
from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws import tags, wishes
from tradewind.providers.aws.deploying import Deploying
from tradewind.providers.aws.endpoint_logs import EndpointLogs
from tradewind.providers.aws.ground import Ground
from tradewind.providers.aws.hosting import SAGEMAKER, Hosting
from tradewind.providers.aws.invoke import Invoking
from tradewind.providers.aws.later import busy, unseen
from tradewind.providers.aws.making import Making
from tradewind.providers.aws.metrics import Measuring
from tradewind.providers.aws.pushing import Pushing
from tradewind.providers.aws.serve_observe import Watch
from tradewind.providers.aws.serve_request import Plan, endpoint_tags
from tradewind.providers.aws.session import Session
from tradewind.providers.aws.sight import EndpointSight
from tradewind.providers.aws.sizing import Sizing
from tradewind.providers.aws.sweeping import Sweeping
from tradewind.providers.aws.taking_down import TakingDown
from tradewind.spec.clouds.aws import Aws
from tradewind.values import LogPage, Metrics, Observed, Policy, Reply, Wanted


class Served:
    def __init__(self, session: Session, ground: Ground, settings: Aws) -> None:
        self.settings = settings
        self.hosting = Hosting(session)
        self._invoking = Invoking(session)
        self._logs = EndpointLogs(session, self.hosting)
        self.watch = Watch(self.hosting, self._invoking.url, self._logs.last_words)
        self._measuring = Measuring(session, self.hosting)
        self._making = Making(self.hosting, ground)
        self.sizing = Sizing(self.hosting)
        self._sweeping = Sweeping(self.hosting)
        self._pushing = Pushing(self.hosting)
        self._deploying = Deploying(self.hosting, self._making, self.sizing)
        self._taking_down = TakingDown(self.hosting, self.watch)

    # ---- the protocol's looks

    def observe(self, name: str) -> Observed | None:
        return self.watch.observe(name)

    def metrics(self, name: str, window: timedelta) -> Mapping[str, Metrics]:
        return self._measuring.metrics(name, window)

    def invoke(
        self, name: str, body: bytes, content_type: str, slot: str | None = None, accept: str | None = None
    ) -> Reply:
        return self._invoking.invoke(name, body, content_type, slot, accept)

    def stream(self, name: str, body: bytes, content_type: str, accept: str | None = None) -> Iterator[bytes]:
        return self._invoking.stream(name, body, content_type, accept)

    def logs(self, name: str, slot: str, cursor: str | None) -> LogPage:
        return self._logs.page(name, slot, cursor)

    # ---- what the two kinds have of their own

    most = 1  # versions side by side

    def plan(self, want: Wanted, seen: EndpointSight | None) -> Plan:
        """The configuration that the wish needs."""
        raise NotImplementedError

    def before(self, want: Wanted, seen: EndpointSight) -> bool:  # noqa: ARG002 - a hook
        """What must be done before another configuration is prepared; whether something was written."""
        return False

    def went_back(self, want: Wanted, plan: Plan, seen: EndpointSight) -> Observed:
        """What is told of a deployment that took place and went back."""
        raise NotImplementedError

    # ---- what is done to endpoints

    def go(self, want: Wanted, policy: Policy | None) -> Observed:
        wishes.check(want, most=self.most)
        if not want.versions:
            return self._taking_down.step(want.name, keep_logs=want.keep_logs)
        seen = self.hosting.endpoint(want.name)
        if seen is None:
            plan = self.plan(want, None)
            if not self._making.config(want, plan):
                self._create(want, plan.name)
            return Observed("moving", (), {})
        self.watch.refuse_strangers(seen)
        wanted = {version.slot: version.digest for version in want.versions}
        if seen.moving:
            if seen.status == "Updating" and seen.coming and self.watch.seats(seen.arn, seen.coming) != wanted:
                self._pushing.back(seen)
        elif self.watch.digests(seen) == wanted:
            return self.watch.tell(seen) if seen.broken else self._settle(want, seen)
        elif seen.dead:
            self._taking_down.delete(seen)
        elif not self.before(want, seen):
            plan = self.plan(want, seen)
            if self._deploying.step(want, plan, seen, policy):
                return self.went_back(want, plan, seen)
        return self.watch.tell(seen, phase="moving")

    def why_back(self, seen: EndpointSight, config: str, slot: str) -> str:
        """Why a deployment went back, in SageMaker's words where it has any."""
        if seen.reason:
            words = self._logs.last_words(seen.name, slot) if "ping" in seen.reason else ""
            if words:
                return f"{seen.reason.rstrip()} Its log ends: {words}"
        ringing = next((one for one in self.hosting.alarms(seen.name, config) if one.ringing), None)
        if ringing is not None:
            said = f"{seen.reason.rstrip()} " if seen.reason.strip() else f"alarm {ringing.name} rang: "
            return said + ringing.reason
        if seen.reason:
            return seen.reason
        return "SageMaker put it back and says no reason; its log may: `deploy endpoint logs`"

    def _create(self, want: Wanted, config: str) -> None:
        try:
            self.hosting.call(
                SAGEMAKER, "create_endpoint", f"create endpoint {want.name}",
                EndpointName=want.name, EndpointConfigName=config, Tags=tags.pairs(endpoint_tags(want)),
            )  # fmt: skip
        except ProviderError as error:
            if unseen(error):
                self._making.forget(config)
            elif error.kind != "conflict" and not busy(
                error
            ):  # conflict: an earlier call made it, or it is still going
                raise

    def _settle(self, want: Wanted, seen: EndpointSight) -> Observed:
        """In service with the wanted configuration: the first thing that still differs, or settled."""
        bounds = self.watch.look_at_bounds(seen)
        models = [names.version(want.name, version.digest) for version in want.versions]
        wrote = (
            any(self.sizing.scale(want, version, bounds.get(version.slot)) for version in want.versions)
            or self.sizing.resize(want, seen)
            or self._retag(want, seen)
            or self._sweeping.strays(want.name, seen.config, models)
        )
        return self.watch.tell(seen, phase="moving" if wrote else "settled")

    def _untag(self, arn: str, keys: Sequence[str]) -> None:
        self.hosting.call(
            SAGEMAKER, "delete_tags", f"remove tags of {arn}",
            ResourceArn=arn, TagKeys=[tags.escaped(key) for key in keys],
        )  # fmt: skip

    def _retag(self, want: Wanted, seen: EndpointSight) -> bool:
        found, wanted = self.watch.look_at_tags(seen), endpoint_tags(want)
        if found == wanted:
            return False
        if changed := {key: value for key, value in wanted.items() if found.get(key) != value}:
            during = f"tag endpoint {want.name}"
            self.hosting.call(SAGEMAKER, "add_tags", during, ResourceArn=seen.arn, Tags=tags.pairs(changed))
        else:
            self._untag(seen.arn, sorted(set(found) - set(wanted)))
        return True
