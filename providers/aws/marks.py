"""A mark on an endpoint configuration: "a deployment of it was about to begin, over that one, when the endpoint looked so".

SageMaker forgets: after a rollback the endpoint is in service with its old configuration, and often says nothing of the new one.
Only the mark tells "tried and gone back" from "never begun", also to a process that knows nothing. It lies on the configuration
and not on the endpoint, whose LastModifiedTime must not move by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from tradewind.providers.aws.sight import EndpointSight

MARK_TAG = "tradewind-rollout"
_AGAIN = "again"


@dataclass(frozen=True)
class Mark:
    """`over`: the configuration that served then; `modified`: the endpoint's LastModifiedTime; `again`: it is the second one."""

    over: str
    modified: str
    again: bool = False

    def __str__(self) -> str:
        return " ".join(filter(None, (self.over, self.modified, _AGAIN if self.again else "")))

    def standing(self, seen: EndpointSight) -> bool:
        """Nothing happened since: the deployment may begin (or has been asked for a moment ago)."""
        return self == Mark(seen.config, _stamp(seen.modified), self.again)

    def tried(self, seen: EndpointSight, alarms: str) -> bool:
        """Whether the deployment took place. `alarms`: what the names of the configuration's alarms begin with.

        The endpoint changed since - but an autoscaler changes it, too, while nobody goes on. So there must be a second sign, or
        the mark must be the second: once too often is better than never ending.
        """
        if self.over != seen.config or self.modified == _stamp(seen.modified):
            return False
        return self.again or bool(seen.reason) or any(name.startswith(alarms) for name in seen.guards)


def parse(text: str | None) -> Mark | None:
    parts = (text or "").split()
    return Mark(parts[0], parts[1], _AGAIN in parts[2:]) if len(parts) > 1 else None


def following(last: Mark | None, seen: EndpointSight) -> Mark:
    """The mark to make now."""
    return Mark(seen.config, _stamp(seen.modified), again=last is not None and last.over == seen.config)


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds")
