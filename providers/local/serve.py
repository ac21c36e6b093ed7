"""Endpoints: a `Wanted` becomes a wish for the gateway; what it says becomes an `Observed`."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from tradewind.host.endpoints import Endpoints
from tradewind.host.errors import HostError
from tradewind.host.log_reader import read_page
from tradewind.host.wish import Fleet, Sight, Wish
from tradewind.providers.local import secrets
from tradewind.providers.local.containers import limits, preparation
from tradewind.providers.local.errors import during
from tradewind.providers.local.names import check_name
from tradewind.providers.local.paths import Paths
from tradewind.values import LogPage, Metrics, Observed, Reply, Seen, Version, Wanted

SAFE = {"PYTHONSAFEPATH": "1"}  # a file of the user's code must not stand for a module of Python to our server
SERVER = ("{python}", "-m", "tradewind.serving")
LENIENCE = (
    15.0  # seconds after `startup_timeout` before we give up: whoever waits for it decides first, and says "timeout"
)
GRACE = 25.0  # seconds for requests in flight after SIGTERM
SLOT = "X-Tradewind-Slot"
MISSING = "X-Tradewind-Missing"
PATIENCE = 3600.0  # seconds for an answer: the version's own timeout is shorter and says more
CHUNK = 64 * 1024


class LocalServer:
    def __init__(self, paths: Paths, port: int | None = None) -> None:
        self._endpoints = Endpoints(paths.endpoints)
        self._paths = paths
        self._port = port

    def observe(self, name: str) -> Observed | None:
        with during(f"looking at endpoint {name}"):
            sight = self._endpoints.observe(name)
            return None if sight is None else _observed(sight)

    def advance(self, want: Wanted) -> Observed:
        with during(f"advancing endpoint {want.name}"):
            check_name("endpoint", want.name)
            _check(want)
            given = {version.slot: secrets.known(version.container.secrets) for version in want.versions}
            return _observed(self._endpoints.advance(_wish(want, self._paths, self._port), given))

    def metrics(self, name: str, window: timedelta) -> Mapping[str, Metrics]:
        with during(f"measuring endpoint {name}"):
            now = datetime.now(UTC)
            return {
                slot: Metrics(
                    seen.requests, seen.errors, None if seen.p95 is None else timedelta(seconds=seen.p95), now
                )
                for slot, seen in self._endpoints.figures(name, window.total_seconds()).items()
            }

    def invoke(
        self, name: str, body: bytes, content_type: str, slot: str | None = None, accept: str | None = None
    ) -> Reply:
        with (
            during(f"invoking endpoint {name}"),
            self._asked(name, body, _headers(content_type, slot, accept)) as answer,
        ):
            if answer.getheader(MISSING) is not None:
                raise HostError("missing", f"no version in slot {slot}", code="TW610", hint="deploy endpoint status")
            return Reply(
                status=answer.status,
                body=answer.read(),
                content_type=answer.getheader("Content-Type", "application/octet-stream"),
                slot=answer.getheader(SLOT),
            )

    def stream(self, name: str, body: bytes, content_type: str, accept: str | None = None) -> Iterator[bytes]:
        with (
            during(f"invoking endpoint {name}"),
            self._asked(name, body, _headers(content_type, None, accept)) as answer,
        ):
            if answer.status >= 400:
                said = answer.read(CHUNK).decode("utf-8", "replace")
                raise HostError("failed", f"{answer.status}: {said}", code="TW614")
            while piece := answer.read1(CHUNK):
                yield piece

    def logs(self, name: str, slot: str, cursor: str | None) -> LogPage:
        with during(f"reading the log of endpoint {name}"):
            lines, following, _ = read_page(self._endpoints.logs(name, slot), cursor)
            return LogPage(lines, following, end=False)  # a replica may always say more

    @contextmanager
    def _asked(self, name: str, body: bytes, headers: Mapping[str, str]) -> Iterator[http.client.HTTPResponse]:
        """One request on a connection of its own: nothing that could be sent twice."""
        port = urlsplit(self._endpoints.url(name)).port
        connection = http.client.HTTPConnection("127.0.0.1", port or 80, timeout=PATIENCE)
        try:
            connection.request("POST", "/invocations", body=body, headers=dict(headers))
            yield connection.getresponse()
        except http.client.HTTPException as error:
            raise HostError("transient", f"the answer broke off: {error}", code="TW611") from error
        finally:
            connection.close()


def _headers(content_type: str, slot: str | None, accept: str | None) -> dict[str, str]:
    return {"Content-Type": content_type, **({SLOT: slot} if slot else {}), **({"Accept": accept} if accept else {})}


def _check(want: Wanted) -> None:
    """A wish that cannot be granted changes nothing."""
    seats = [version.slot for version in want.versions]
    if len(set(seats)) != len(seats):
        raise HostError("invalid", f"two versions in one slot: {seats}", code="TW615")
    for shares, whole in ((want.traffic, True), (want.mirror, False)):
        strangers = sorted(set(shares) - set(seats))
        if strangers:
            raise HostError("invalid", f"traffic for {', '.join(strangers)}, where no version sits", code="TW615")
        if any(not 0 <= share <= 100 for share in shares.values()):
            raise HostError("invalid", f"shares are percents from 0 to 100: {dict(shares)}", code="TW615")
        if whole and shares and sum(shares.values()) != 100:
            raise HostError("invalid", f"shares sum to {sum(shares.values())}, not to 100", code="TW615")
    for version in want.versions:
        if not 0 <= version.min <= version.max or version.max < 1:
            raise HostError(
                "invalid",
                f"replicas from {version.min} to {version.max}",
                code="TW615",
                hint="0 <= min <= max, 1 <= max",
            )


def _wish(want: Wanted, paths: Paths, port: int | None) -> Wish:
    return Wish(
        name=want.name,
        fleets=tuple(_fleet(version) for version in want.versions),
        traffic=dict(want.traffic),
        mirror=dict(want.mirror),
        tags=dict(want.tags),
        cache=str(paths.cache),
        port=port,
    )


def _fleet(version: Version) -> Fleet:
    container, serving = version.container, version.serving
    places = {"TW_PORT": "{port}"}
    if container.code is not None:
        places["TW_CODE_DIR"] = "{code}"
    return Fleet(
        slot=version.slot,
        digest=version.digest,
        argv=SERVER,
        env={**SAFE, **container.env, **_settings(version), **secrets.told(container.secrets)},
        places=places,
        inputs={"TW_MODEL_DIR": version.model.uri},
        secrets=tuple(container.secrets),
        preparation=preparation(container),
        min=version.min,
        max=version.max,
        target=version.target,
        cooldown=None if version.cooldown is None else version.cooldown.total_seconds(),
        startup_timeout=serving.startup_timeout.total_seconds() + LENIENCE,
        timeout=serving.timeout.total_seconds(),
        max_body=serving.max_body,
        grace=GRACE + 5,
        limits=limits(container),
    )


def _settings(version: Version) -> dict[str, str]:
    """The server's own dialect."""
    serving = version.serving
    said = {
        "TW_HOST": "127.0.0.1",
        "TW_SECRETS": ",".join(
            sorted(version.container.secrets)
        ),  # names, so that their values can be kept out of answers
        "TW_REQUEST_TIMEOUT": f"{serving.timeout.total_seconds():g}",
        "TW_CONCURRENCY": str(serving.concurrency),
        "TW_MAX_BODY": str(serving.max_body),
        "TW_GRACE": f"{GRACE:g}",
    }
    if serving.handler:
        said["TW_HANDLER"] = serving.handler
    if serving.framework:
        said["TW_FRAMEWORK"] = serving.framework
    return said


def _observed(sight: Sight) -> Observed:
    return Observed(
        phase=sight.phase,
        versions=tuple(
            Seen(f.slot, f.digest, f.ready, f.failed, f.min, f.max, f.now, f.word, f.reason) for f in sight.fleets
        ),
        traffic=dict(sight.traffic),
        mirror=dict(sight.mirror),
        url=sight.url,
        reason=sight.reason,
        tags=dict(sight.tags),
    )
