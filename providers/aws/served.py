"""What both kinds of servers share: looking, asking, reading, and what is done to an endpoint that is in service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from tradewind.errors import ProviderError
from tradewind.providers.aws import tags
from tradewind.providers.aws.endpoint_logs import EndpointLogs
from tradewind.providers.aws.ground import Ground
from tradewind.providers.aws.hosting import SAGEMAKER, Hosting
from tradewind.providers.aws.invoke import Invoking
from tradewind.providers.aws.making import Making, unseen
from tradewind.providers.aws.metrics import Measuring
from tradewind.providers.aws.pushing import Pushing, busy
from tradewind.providers.aws.serve_observe import Watch
from tradewind.providers.aws.serve_request import endpoint_tags
from tradewind.providers.aws.session import Session
from tradewind.providers.aws.sight import EndpointSight
from tradewind.providers.aws.sizing import Sizing
from tradewind.providers.aws.sweeping import Sweeping
from tradewind.providers.aws.taking_down import TakingDown
from tradewind.spec.clouds.aws import Aws
from tradewind.values import LogPage, Metrics, Observed, Reply, Wanted


class Served:
    def __init__(self, session: Session, ground: Ground, settings: Aws) -> None:
        self.settings = settings
        self.hosting = Hosting(session)
        self._invoking = Invoking(session)
        self._logs = EndpointLogs(session, self.hosting)
        self.watch = Watch(self.hosting, self._invoking.url, self._logs.last_words)
        self._measuring = Measuring(session, self.hosting)
        self.making = Making(self.hosting, ground)
        self.sizing = Sizing(self.hosting)
        self.sweeping = Sweeping(self.hosting)
        self.pushing = Pushing(self.hosting)
        self.taking_down = TakingDown(self.hosting, self.watch)

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

    def last_words(self, name: str, slot: str) -> str:
        return self._logs.last_words(name, slot)

    # ---- what is done to endpoints

    def create(self, want: Wanted, config: str) -> None:
        try:
            self.hosting.call(
                SAGEMAKER, "create_endpoint", f"create endpoint {want.name}",
                EndpointName=want.name, EndpointConfigName=config, Tags=tags.pairs(endpoint_tags(want)),
            )  # fmt: skip
        except ProviderError as error:
            if unseen(error):
                self.making.forget(config)
            elif error.kind != "conflict" and not busy(
                error
            ):  # conflict: an earlier call made it, or it is still going
                raise

    def settle(self, want: Wanted, seen: EndpointSight) -> Observed:
        """In service with the wanted configuration: the first thing that still differs, or settled."""
        bounds = self.watch.look_at_bounds(seen)
        wrote = (
            any(self.sizing.scale(want, version, bounds.get(version.slot)) for version in want.versions)
            or self.sizing.resize(want, seen)
            or self._retag(want, seen)
            or self.sweeping.strays(want.name, seen.config, self.models(want))
        )
        return self.watch.tell(seen, phase="moving" if wrote else "settled")

    def models(self, want: Wanted) -> Sequence[str]:
        raise NotImplementedError

    def untag(self, arn: str, keys: Sequence[str]) -> None:
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
            self.untag(seen.arn, sorted(set(found) - set(wanted)))
        return True
