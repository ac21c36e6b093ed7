"""The end of an endpoint: what scales it, itself, and then everything that was made for it. One write a call, in any state."""

from __future__ import annotations

from tradewind.errors import ProviderError
from tradewind.providers.aws.hosting import SAGEMAKER, Hosting
from tradewind.providers.aws.later import busy
from tradewind.providers.aws.pushing import Pushing
from tradewind.providers.aws.serve_observe import Watch
from tradewind.providers.aws.sight import EndpointSight
from tradewind.providers.aws.sizing import Sizing
from tradewind.providers.aws.sweeping import Sweeping
from tradewind.providers.aws.wishes import SLOTS
from tradewind.values import Observed

GONE = Observed("settled", (), {})
GOING = Observed("moving", (), {})


class TakingDown:
    def __init__(self, hosting: Hosting, watch: Watch) -> None:
        self._hosting = hosting
        self._watch = watch
        self._sizing = Sizing(hosting)
        self._sweeping = Sweeping(hosting)
        self._pushing = Pushing(hosting)

    def step(self, name: str, *, keep_logs: bool) -> Observed:
        seen = self._hosting.endpoint(name)
        if seen is not None:
            self._watch.refuse_strangers(seen)
            self._end(seen)
            return self._watch.tell(seen, phase="moving")
        if self._release(name, SLOTS) or self._sweeping.strays(name) or self._sweeping.logs(name, keep=keep_logs):
            return GOING
        return GONE

    def delete(self, seen: EndpointSight) -> None:
        """DeleteEndpoint; SageMaker refuses it while the endpoint is being made or changed, and then it is asked again."""
        try:
            self._hosting.call(
                SAGEMAKER, "delete_endpoint", f"delete endpoint {seen.name}", EndpointName=seen.name
            )  # fmt: skip
        except ProviderError as error:
            if error.kind != "missing" and not busy(error):
                raise

    def _end(self, seen: EndpointSight) -> None:
        if seen.status == "Deleting" or self._release(seen.name, [one.slot for one in seen.variants]):
            return
        if seen.coming and self._pushing.back(seen):
            return
        self.delete(seen)

    def _release(self, name: str, slots: list[str] | tuple[str, ...]) -> bool:
        registered = self._hosting.bounds(name, slots) if slots else {}
        return any(self._sizing.release(name, slot) for slot in sorted(registered)[:1])
