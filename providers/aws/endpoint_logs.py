"""Logs of an endpoint: /aws/sagemaker/Endpoints/<name>, one stream a machine, `<variant>/<machine>` and more behind it."""

from __future__ import annotations

from tradewind.codes import GENERAL
from tradewind.errors import ProviderError
from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws.errors import ask
from tradewind.providers.aws.hosting import LOGS, Hosting
from tradewind.providers.aws.logs import Log
from tradewind.providers.aws.session import Session
from tradewind.values import LogPage

LAST = 50  # lines of which the end is looked at; frames of a traceback are most of them
TOLD = 3  # lines that explain a failure


class EndpointLogs:
    def __init__(self, session: Session, hosting: Hosting) -> None:
        self._session = session
        self._hosting = hosting

    def page(self, name: str, slot: str, cursor: str | None) -> LogPage:
        """A machine may always say more, so there is no end while there is an endpoint. What a version that failed has said is
        there without one. `missing` for an unknown endpoint or slot."""
        during = f"read the log of endpoint {name}"
        read = Log(self._session, names.log_group(name), f"{slot}/", during).read(cursor)
        if not read.streams:
            self._must_be_there(name, slot, during)
        return LogPage(read.lines, read.cursor, end=not read.lines and self._hosting.endpoint(name) is None)

    def last_words(self, name: str, slot: str) -> str:
        """The end of the youngest machine's stream, for a failure's reason; "" where it cannot be had."""
        try:
            return " | ".join(self._last_lines(name, slot))
        except ProviderError:  # the failure itself is to be told, with or without its log
            return ""

    def _last_lines(self, name: str, slot: str) -> list[str]:
        client, group, during = self._session.client(LOGS), names.log_group(name), f"read the log of endpoint {name}"
        # By time there is no prefix to ask for, so that the streams of other slots are left out here.
        latest = ask(
            during, client.describe_log_streams, "logStreams", logGroupName=group, orderBy="LastEventTime",
            descending=True, limit=50,
        )  # fmt: skip
        streams = [stream for stream in latest["logStreams"] if stream["logStreamName"].startswith(f"{slot}/")]
        if not streams:
            return []
        # The healthy machines beside it write more and later, so that the youngest is the one that did not come up.
        youngest = max(streams, key=lambda stream: int(stream.get("creationTime", 0)))["logStreamName"]
        events = ask(during, client.get_log_events, "events", logGroupName=group, logStreamName=youngest, limit=LAST)
        return [line for event in events["events"] for line in _telling(event["message"])][-TOLD:]

    def _must_be_there(self, name: str, slot: str, during: str) -> None:
        seen = self._hosting.endpoint(name)
        if seen is None:
            hint = "`deploy endpoint list` shows what there is"
            raise ProviderError("missing", f"there is no endpoint {name}", during=during, code="TW059", hint=hint)
        if seen.variants and seen.variant(slot) is None:
            there = ", ".join(one.slot for one in seen.variants)
            said = f"endpoint {name} has no version in slot {slot}, only in {there}"
            raise ProviderError("missing", said, during=during, code=GENERAL["missing"])


def _telling(message: str) -> list[str]:
    """Its lines without those that a traceback indents: the error stands at the margin."""
    return [line.rstrip() for line in message.splitlines() if line.strip() and not line[0].isspace()]
