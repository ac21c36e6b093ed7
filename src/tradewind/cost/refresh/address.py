"""Where a price API answers: the cloud's own address, or a mirror's."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from tradewind.errors import Problem, SpecError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int | None]


@dataclass(frozen=True)
class Address:
    """`base` has no slash at its end; paths of the API are put behind it."""

    base: str

    def of(self, path: str) -> str:
        return f"{self.base}{path}"

    @property
    def host(self) -> str:
        return urlsplit(self.base).netloc


def origin(url: str) -> Origin:
    """Scheme, host and port: where a request goes, whatever it asks for. Raises ValueError for a port that is none."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)


def parse(said: str, name: str) -> Address:
    """Raises SpecError for what is no http(s) URL, for one that carries a password or a query, and for http off this machine."""
    problem = _problem(said)
    if problem:  # the value is not repeated: it may hold a password
        raise SpecError([Problem(name, problem)], code="TW002", hint="for example https://prices.example.com")
    return Address(said.rstrip("/"))


def _problem(said: str) -> str:
    try:
        parts = urlsplit(said)
        scheme, host, _ = origin(said)
    except ValueError:
        return "is no URL"
    if scheme not in _PORTS or not host:
        return "must be an http(s) URL"
    if parts.username or parts.password:
        return "must not carry a user or a password"
    if parts.query or parts.fragment:
        return "must end with its path: no ? and no #"
    if scheme == "http" and host not in _LOOPBACK:
        return "must be https, unless it is on this machine"
    return ""
