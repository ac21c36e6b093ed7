"""Looking at an endpoint, with as few calls as possible: what never changes is asked for once in a process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from tradewind.codes import GENERAL
from tradewind.errors import ProviderError
from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws import sight
from tradewind.providers.aws.hosting import Hosting
from tradewind.providers.aws.scaling import Bounds
from tradewind.providers.aws.sight import EndpointSight
from tradewind.providers.aws.tags import CLOSED_TAG, DIGEST_TAG, ENDPOINT_TAG, SLOT_DIGEST_TAG, ZERO_TAG
from tradewind.values import Observed

Phase = Literal["moving", "settled", "rolled_back", "failed"]


class Watch:
    """Safe from many threads: it only adds to what it remembers, and each entry is put in whole."""

    def __init__(self, hosting: Hosting, url: Callable[[str], str], last_words: Callable[[str, str], str]) -> None:
        self._hosting = hosting
        self._url = url
        self._last_words = last_words
        self._configs: dict[str, Mapping[str, str]] = {}  # tags of ours that a configuration was born with
        self._bounds: dict[str, Mapping[str, Bounds]] = {}
        self._tags: dict[str, Mapping[str, str]] = {}

    def observe(self, name: str) -> Observed | None:
        """One whole look: DescribeEndpoint, its tags, its scalable targets; and once its configuration's tags."""
        seen = self._hosting.endpoint(name)
        if seen is None:
            return None
        self.look_at_tags(seen)
        self.look_at_bounds(seen)
        return self.tell(seen)

    def tell(self, seen: EndpointSight, *, phase: Phase | None = None, reason: str = "") -> Observed:
        """From what was seen just now; tags and bounds as they were last looked at, asked for only where they never were.

        `phase`: as whoever acts knows it; unsaid, as it looks.
        """
        if seen.name not in self._tags:
            self.look_at_tags(seen)
        if seen.name not in self._bounds:
            self.look_at_bounds(seen)
        bounds = {slot: (one.min, one.max) for slot, one in self._bounds[seen.name].items()}
        tags = dict(self._tags[seen.name])
        closed, zero = tags.pop(CLOSED_TAG, "") != "", tags.pop(ZERO_TAG, "").split()
        told = sight.observed(seen, self.digests(seen), bounds, self._url(seen.name), tags)
        versions = tuple(replace(one, min=0) if one.slot in zero else one for one in told.versions)
        told = replace(told, versions=versions, traffic={} if closed else told.traffic)
        if phase is not None:
            return replace(told, phase=phase, reason=reason or (told.reason if phase == "moving" else ""))
        return self._explained(seen.name, told) if seen.dead else told

    def look_at_tags(self, seen: EndpointSight) -> Mapping[str, str]:
        self._tags[seen.name] = found = self._hosting.tags(seen.arn)
        return found

    def look_at_bounds(self, seen: EndpointSight) -> Mapping[str, Bounds]:
        slots = [one.slot for one in seen.variants]
        self._bounds[seen.name] = found = self._hosting.bounds(seen.name, slots) if slots else {}
        return found

    def digests(self, seen: EndpointSight) -> dict[str, str]:
        """Who sits where, by slot; "" where the configuration does not say."""
        seats = self.seats(seen.arn, seen.config)
        # An endpoint that is being made, or failed to be, may show no variants.
        return {one.slot: seats.get(one.slot, "") for one in seen.variants} if seen.variants else seats

    def seats(self, endpoint_arn: str, config: str) -> dict[str, str]:
        """Digests by slot, as a configuration of ours says them."""
        born = self.born_with(endpoint_arn, config)
        tag = SLOT_DIGEST_TAG
        return {key.removeprefix(tag): said for key, said in born.items() if key.startswith(tag)}

    def born_with(self, endpoint_arn: str, config: str) -> Mapping[str, str]:
        if not config:
            return {}
        if config not in self._configs:
            found = self._hosting.tags(names.config_arn(endpoint_arn, config))
            if DIGEST_TAG not in found:
                return {}  # gone, or not ours: it may be made yet
            self._configs[config] = found
        return self._configs[config]

    def refuse_strangers(self, seen: EndpointSight) -> None:
        """Raises ProviderError `conflict` where we did not make it: a name is no permission to change what serves somebody."""
        if self.born_with(seen.arn, seen.config).get(ENDPOINT_TAG) == seen.name:
            return
        if not any(key.startswith("tradewind-") for key in self.look_at_tags(seen)):
            hint = "give the project another name, or remove the endpoint by hand"
            raise ProviderError(
                "conflict", f"there is an endpoint {seen.name} that tradewind did not make",
                during=f"change endpoint {seen.name}", code=GENERAL["conflict"], hint=hint,
            )  # fmt: skip

    def _explained(self, name: str, told: Observed) -> Observed:
        """A failure's reason with the container's last words, where it died of a failed health check."""
        if "ping" not in told.reason or not told.versions:
            return told
        words = self._last_words(name, told.versions[0].slot)
        if not words:
            return told
        reason = f"{told.reason.rstrip()} Its log ends: {words}"
        return replace(told, reason=reason, versions=tuple(replace(one, reason=reason) for one in told.versions))
