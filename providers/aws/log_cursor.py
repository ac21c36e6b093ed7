"""Where a reader of CloudWatch's log streams is: a text that another process goes on from.

CloudWatch's own tokens expire after a day, and point behind the newest event they have seen: one that comes late, with an
earlier time, is never shown by them. So a place in a stream is a time, and marks of the events since then that were shown.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tradewind.errors import ProviderError

LATE = 5 * 60 * 1000  # milliseconds that an event may come late
MOST = 100  # events that are remembered of one stream; in a busy one they reach back less far than LATE
_VERSION = 1


@dataclass(frozen=True)
class Mark:
    time: int  # epoch, milliseconds
    digest: str


@dataclass(frozen=True)
class Place:
    """Of one stream. `marks` are the events at or after `since` that were shown; `done`: nothing came after its end."""

    since: int = 0
    marks: tuple[Mark, ...] = ()
    done: bool = False

    def after(self, shown: Sequence[Mark]) -> Place:
        """The place once these, too, were shown."""
        marks = sorted((*self.marks, *shown), key=lambda mark: mark.time)
        if not marks:
            return self
        since = max(marks[-1].time - LATE, marks[max(0, len(marks) - MOST)].time, self.since)
        return Place(since, tuple(mark for mark in marks if mark.time >= since))


@dataclass(frozen=True)
class Cursor:
    """`turn`: which stream is read next, where there are more than are read at once."""

    places: Mapping[str, Place] = field(default_factory=dict)
    turn: int = 0


def mark(event: Mapping[str, Any]) -> Mark:
    said = f"{event['timestamp']} {event['message']}".encode("utf-8", "surrogatepass")
    return Mark(event["timestamp"], base64.urlsafe_b64encode(hashlib.sha256(said).digest()[:6]).decode())


def fresh(events: Sequence[Mapping[str, Any]], shown: Counter[Mark]) -> list[Mapping[str, Any]]:
    """The events that are not among `shown`, from which those that are get taken: equal lines of one moment are told apart."""
    new = []
    for event in events:
        known = mark(event)
        if shown[known]:
            shown[known] -= 1
        else:
            new.append(event)
    return new


def written(cursor: Cursor) -> str:
    places = {
        name: [place.since, int(place.done), [[mark.time - place.since, mark.digest] for mark in place.marks]]
        for name, place in sorted(cursor.places.items())
    }
    said = json.dumps([_VERSION, cursor.turn, places], separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(said.encode(), 9)).decode().rstrip("=")


def read(text: str | None, during: str) -> Cursor:
    """Raises ProviderError `invalid` for what is no cursor of ours."""
    if not text:
        return Cursor()
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        version, turn, places = json.loads(zlib.decompress(packed))
        if version != _VERSION:
            raise ValueError(version)
        return Cursor({name: _place(*said) for name, said in places.items()}, int(turn))
    except (ValueError, TypeError, AttributeError, zlib.error, binascii.Error) as error:
        hint = "leave --cursor out to begin at the start"
        raise ProviderError(
            "invalid", "that is no cursor of this log", during=during, code="TW061", hint=hint
        ) from error


def _place(since: int, done: int, marks: Sequence[Sequence[Any]]) -> Place:
    return Place(since, tuple(Mark(since + delta, digest) for delta, digest in marks), bool(done))
