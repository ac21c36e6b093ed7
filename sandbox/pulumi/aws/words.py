"""Between Pulumi's names and a service's own, and what is there or is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

ODD = {"id": "ID", "sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID", "mfaDelete": "MFADelete"}
BACK = {there: here for here, there in ODD.items()}


def theirs(value: Any) -> Any:
    """fooBar becomes FooBar, all the way down."""
    if isinstance(value, dict):
        return {
            ODD.get(key, key[:1].upper() + key[1:]): theirs(item) for key, item in value.items() if item is not None
        }
    return [theirs(item) for item in value] if isinstance(value, list) else value


def ours(value: Any) -> Any:
    if isinstance(value, dict):
        return {BACK.get(key, key[:1].lower() + key[1:]): ours(item) for key, item in value.items()}
    return [ours(item) for item in value] if isinstance(value, list) else value


def pairs(tags: dict[str, str] | None) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted((tags or {}).items())]


def mapping(tags: list[dict[str, str]]) -> dict[str, str] | None:
    return {tag["Key"]: tag["Value"] for tag in tags} or None


def unsaid(seen: Any, state: Any, **defaults: Any) -> Any:
    """What was seen, less what nobody asked for and is only the service's default; all of it for who asked for nothing yet."""
    if not state:
        return seen
    plain = {key: value for key, value in defaults.items() if key not in state}
    return {key: value for key, value in seen.items() if key not in plain or value != plain[key]}


def moved(olds: Any, news: Any) -> tuple[list[str], dict[str, str]]:
    """Of two resources' tags: those that go, and those to be set."""
    before, after = olds.get("tags") or {}, news.get("tags") or {}
    return sorted(before.keys() - after.keys()), after


def found(ask: Callable[[], Any]) -> Any:
    """None where the service says that there is no such thing."""
    try:
        return ask()
    except ClientError as error:
        if _gone(error):
            return None
        raise


def _gone(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    return code in ("404", "NotFound") or code.startswith("NoSuch") or "NotFound" in code
