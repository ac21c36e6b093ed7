"""Reads the log streams of a job or an endpoint in CloudWatch, a page at a time, each line once.

GetLogEvents may answer with part of a page, or an empty one, long before the end of a stream; only the token that comes back
unchanged says that this is the end (its own documentation).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws import log_cursor
from tradewind.providers.aws.errors import ask, transient
from tradewind.providers.aws.log_cursor import Cursor, Mark, Place
from tradewind.providers.aws.session import Session
from tradewind.values import LogLine

AT_ONCE = 16  # streams read by one call; the others have their turn at the next
PAGES = 200  # of one stream by one call, in search of its first new event: no stream has so many that are empty
_PAGE = 50  # DescribeLogStreams, limit


@dataclass(frozen=True)
class Read:
    """`done`: every stream was read to its end after it had `settled`, and nothing came. `streams` is how many there are."""

    lines: tuple[LogLine, ...]
    cursor: str
    done: bool
    streams: int


@dataclass(frozen=True)
class Log:
    """The streams of `group` whose names begin with `prefix`. `source` names a stream, without its prefix, to people."""

    session: Session
    group: str
    prefix: str
    during: str
    source: Callable[[str], str] = str

    def read(self, cursor: str | None, *, settled: bool = False) -> Read:
        """The next page. `settled`: nothing is written any more, and what was is there. No group or stream yet: no lines.

        Raises ProviderError.
        """
        at = log_cursor.read(cursor, self.during)
        names = self.names()
        turn = at.turn % len(names) if len(names) > AT_ONCE else 0
        chosen = [*names[turn:], *names[:turn]][:AT_ONCE]
        with ThreadPoolExecutor(max(1, len(chosen))) as pool:
            told = list(pool.map(lambda name: self._stream(name, at.places.get(name, Place()), settled), chosen))
        places = {**at.places, **{name: place for name, (_, place) in zip(chosen, told, strict=True)}}
        events = [(event, name) for name, (found, _) in zip(chosen, told, strict=True) for event in found]
        events.sort(key=lambda it: it[0]["timestamp"])  # stable: within a stream as CloudWatch has it
        return Read(
            tuple(self._line(event, name) for event, name in events),
            log_cursor.written(Cursor(places, turn + len(chosen))),
            all(places[name].done if name in places else False for name in names),
            len(names),
        )

    def names(self) -> list[str]:
        """Of all streams, without the prefix, in order."""
        client, said = self.session.client("logs"), {"logGroupName": self.group, "logStreamNamePrefix": self.prefix}
        found: list[str] = []
        while True:
            try:
                page = ask(self.during, client.describe_log_streams, "logStreams", limit=_PAGE, **said)
            except ProviderError as error:
                if error.kind == "missing":  # the account's first job has not written yet
                    return []
                raise
            found += [stream["logStreamName"].removeprefix(self.prefix) for stream in page["logStreams"]]
            if not page.get("nextToken"):
                return sorted(found, key=_natural)
            said["nextToken"] = page["nextToken"]

    def _stream(self, name: str, place: Place, settled: bool) -> tuple[Sequence[Mapping[str, Any]], Place]:
        """Pages from `place` on until one has something new, or to the end."""
        shown: Counter[Mark] = Counter(place.marks)
        said: dict[str, Any] = {"startTime": place.since} if place.since else {}
        for _ in range(PAGES):
            answer = self._page(name, said)
            if answer is None:
                return (), Place(done=settled)
            if new := log_cursor.fresh(answer["events"], shown):
                return new, place.after([log_cursor.mark(event) for event in new])
            if not answer["events"] and said.get("nextToken") == answer["nextForwardToken"]:
                return (), Place(place.since, place.marks, done=settled)
            said["nextToken"] = answer["nextForwardToken"]
        raise transient(f"log stream {self.prefix}{name} has no end", self.during)

    def _page(self, name: str, said: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """None where the stream was deleted meanwhile."""
        client = self.session.client("logs")
        try:
            return ask(
                self.during, client.get_log_events, "events", "nextForwardToken", logGroupName=self.group,
                logStreamName=self.prefix + name, startFromHead=True, **said,
            )  # fmt: skip
        except ProviderError as error:
            if error.kind == "missing":
                return None
            raise

    def _line(self, event: Mapping[str, Any], name: str) -> LogLine:
        time = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        return LogLine(event["message"].rstrip("\r\n"), self.source(name), time)


def _natural(name: str) -> tuple[str | int, ...]:
    """algo-2 before algo-10."""
    parts: list[str | int] = []
    for part in name.split("-"):
        parts += (0, int(part)) if part.isdecimal() else (1, part)
    return tuple(parts)
