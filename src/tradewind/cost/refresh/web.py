"""GET over HTTP, patient and bounded: retries, deadlines, sizes and redirects are decided here and nowhere else."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import unquote, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError, ProtocolError
from urllib3.response import BaseHTTPResponse

from tradewind.cost.refresh.address import origin
from tradewind.errors import FailedError, ProviderError, ProviderKind

T = TypeVar("T")
UNREACHABLE = "TW620"
SAID_NO = "TW621"
UNREADABLE = "TW622"
_CHUNK = 1 << 16
_SAID = 300  # letters of a refusal that are passed on
_RETRIED = (429, 500, 502, 503, 504)
_KINDS: Mapping[int, ProviderKind] = {401: "credentials", 403: "permission", 404: "missing", 429: "throttled"}


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes. `whole` is for one answer from its first byte to its last, however steadily it drips."""

    connect: float = 10
    silence: float = 60  # between two pieces of an answer
    whole: float = 1800
    page: int = 64 << 20
    file: int = 8 << 30  # as unpacked
    tries: int = 6
    pause: float = 1  # before the second try, doubled each time, with as much again by chance
    longest_pause: int = 120  # a Retry-After beyond it is not waited out
    redirects: int = 5


class Web:
    """One for a whole refresh. What it raises never carries a query or a header, so no key."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._pools: dict[str, urllib3.PoolManager] = {}

    def json(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        """Numbers with a point come as Decimal. Raises ProviderError, and FailedError TW620 or TW622."""
        return self._get(url, headers or {}, lambda answer: _parsed(b"".join(self._pieces(answer, self._limits.page))))

    def download(self, url: str, file: Path) -> None:
        """Piece by piece into the file, unpacked. Raises as `json` does, and OSError."""

        def write(answer: BaseHTTPResponse) -> None:
            with file.open("wb") as out:
                for piece in self._pieces(answer, self._limits.file):
                    out.write(piece)

        self._get(url, {}, write)

    def _get(self, url: str, headers: Mapping[str, str], take: Callable[[BaseHTTPResponse], T]) -> T:
        retries = self._retries()
        for _ in range(self._limits.redirects + 1):
            while True:
                try:
                    answer = self._ask(url, headers, retries)
                    retries = answer.retries or retries
                    try:
                        if 300 <= answer.status < 400 and answer.status != 304:
                            url = _followed(url, answer)
                            break
                        if answer.status != 200:
                            _refused(url, answer, headers)
                        return take(answer)
                    finally:
                        answer.close()
                        answer.release_conn()
                except HTTPError as error:  # the body broke off: asked for anew, at the same pace
                    retries = _counted(retries, url, error)
                    retries.sleep()
        raise FailedError(f"{shown(url)}: redirected too often", code=UNREADABLE)

    def _ask(self, url: str, headers: Mapping[str, str], retries: urllib3.Retry) -> BaseHTTPResponse:
        return self._pool(url).request(
            "GET",
            url,
            headers={"Accept-Encoding": "gzip", "User-Agent": "tradewind", **headers},
            retries=retries,
            redirect=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=self._limits.connect, read=self._limits.silence),
        )

    def _retries(self) -> urllib3.Retry:
        return urllib3.Retry(
            total=self._limits.tries - 1,
            connect=min(2, self._limits.tries - 1),  # offline is soon told
            status_forcelist=_RETRIED,
            raise_on_status=False,
            backoff_factor=self._limits.pause,
            backoff_jitter=self._limits.pause,
            backoff_max=self._limits.longest_pause,
            retry_after_max=self._limits.longest_pause,
        )

    def _pool(self, url: str) -> urllib3.PoolManager:
        """By way of the proxy that the environment names, where it names one for this host."""
        parts = urlsplit(url)
        proxy = "" if urllib.request.proxy_bypass(parts.netloc) else urllib.request.getproxies().get(parts.scheme, "")
        if proxy not in self._pools:
            self._pools[proxy] = _proxied(proxy) if proxy else urllib3.PoolManager()
        return self._pools[proxy]

    def _pieces(self, answer: BaseHTTPResponse, most: int) -> Iterator[bytes]:
        size, deadline = 0, time.monotonic() + self._limits.whole
        while piece := answer.read1(_CHUNK, decode_content=True):
            size += len(piece)
            if size > most:
                raise FailedError(f"{_where(answer)}: an answer of more than {most >> 20} MiB", code=UNREADABLE)
            if time.monotonic() > deadline:
                took = f"{self._limits.whole:g} s"
                raise FailedError(f"{_where(answer)}: not done after {took}", code=UNREACHABLE, hint=AGAIN)
            yield piece


AGAIN = "deploy cost refresh goes on where it stopped"


def _proxied(proxy: str) -> urllib3.ProxyManager:
    """As environments write it: with a user and a password, or without a scheme."""
    url = proxy if "://" in proxy else f"http://{proxy}"
    parts = urlsplit(url)
    if parts.username is None:
        return urllib3.ProxyManager(url)
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return urllib3.ProxyManager(url, proxy_headers=urllib3.make_headers(proxy_basic_auth=login))


def shown(url: str) -> str:
    """For people: host and path, never a query."""
    parts = urlsplit(url)
    return f"{parts.hostname}{'' if parts.port is None else f':{parts.port}'}{parts.path}"


def _where(answer: BaseHTTPResponse) -> str:
    return shown(answer.url or "")


def _parsed(body: bytes) -> Any:
    """What is cut short counts as broken off: it is asked for again."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as e:
        raise ProtocolError(f"no whole JSON: {e}") from e


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _followed(url: str, answer: BaseHTTPResponse) -> str:
    """Where a redirect leads, on the same host: a price that somebody else says is nobody's price."""
    target = urljoin(url, answer.headers.get("Location", ""))
    try:
        same = origin(target) == origin(url)
    except ValueError:
        same = False
    if not same:
        host = urlsplit(target).hostname or "nowhere"
        raise FailedError(f"{shown(url)}: redirects to another host ({host}); not followed", code=UNREADABLE)
    return target


def _refused(url: str, answer: BaseHTTPResponse, headers: Mapping[str, str]) -> NoReturn:
    kind = _KINDS.get(answer.status, "transient" if answer.status >= 500 else "failed")
    raise ProviderError(
        kind,
        f"HTTP {answer.status}{_reason(answer, headers)}",
        during=f"reading {shown(url)}",
        code=SAID_NO,
        hint=AGAIN if kind in ("throttled", "transient") else "",
    )


def _reason(answer: BaseHTTPResponse, headers: Mapping[str, str]) -> str:
    """The other side's own words, where it has some: without the key, should it repeat it."""
    try:
        text = answer.read1(_CHUNK, decode_content=True).decode("utf-8", "replace")
    except HTTPError:
        return ""
    try:
        text = str(json.loads(text)["error"]["message"])
    except (ValueError, LookupError, TypeError, RecursionError):
        text = "" if text.lstrip().startswith("<") else text
    for secret in headers.values():
        text = text.replace(secret, "***")
    text = " ".join(text.split())[:_SAID]
    return f" ({text})" if text else ""


def _counted(retries: urllib3.Retry, url: str, error: HTTPError) -> urllib3.Retry:
    """One try fewer; FailedError where none is left."""
    reason: BaseException | None = error
    if not isinstance(error, MaxRetryError):
        try:
            return retries.increment("GET", url, error=error)
        except HTTPError as e:
            reason = e.reason if isinstance(e, MaxRetryError) else e
    else:
        reason = error.reason
    broken = isinstance(reason, ProtocolError) and str(reason).startswith("no whole JSON")
    said = _cause(reason)
    raise FailedError(
        f"{shown(url)}: {said}", code=UNREADABLE if broken else UNREACHABLE, hint="" if broken else AGAIN
    ) from None  # the chain names the address with its query


def _cause(error: BaseException | None) -> str:
    """The innermost reason: the layers above repeat the address."""
    while error is not None and (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return " ".join(f"{type(error).__name__}: {error}".split())[:_SAID]
