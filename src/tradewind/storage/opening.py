"""From a URI to its store. Data only: no SDK is imported before a store of that scheme is opened."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from pydantic import BaseModel

from tradewind.errors import StorageError
from tradewind.storage.base import Store

# scheme -> module with `open_uri(uri, settings)`, and what to install where the SDK is missing
SCHEMES: dict[str, tuple[str, str]] = {
    "file": ("tradewind.storage.file", ""),
    "memory": ("tradewind.storage.memory", ""),
    "s3": ("tradewind.storage.s3", "tradewind[aws]"),
    "gs": ("tradewind.storage.gs", "tradewind[gcp]"),
    "az": ("tradewind.storage.az", "tradewind[azure]"),
}


def open_store(uri: str, settings: BaseModel | None = None, *, anybodys: bool = False) -> Store:
    """The store rooted at `uri`; `settings` is the validated per-cloud block (region, addresses), where there is one.

    `anybodys`: only read, and it may be somebody else's, so that a guard of the settings' account does not hold there.

    Nothing is called over the network here. Raises `StorageError`: TW335 for a URI that cannot be, TW339 without the SDK.
    """
    scheme = uri.partition("://")[0] if "://" in uri else ""
    found = SCHEMES.get(scheme)
    if found is None:
        raise StorageError(
            "invalid",
            f"{uri!r} is no address of an object store",
            code="TW335",
            hint=f"write {', '.join(f'{name}://' for name in SCHEMES if name != 'memory')}…",
        )
    module, extra = found
    try:
        home = import_module(module)
    except ModuleNotFoundError as error:
        if not extra or (error.name or "").startswith("tradewind"):
            raise
        raise StorageError(
            "invalid",
            f"{scheme}:// needs the cloud's SDK, which is not installed ({error.name})",
            code="TW339",
            hint=f"pip install '{extra}'",
            said=str(error),
        ) from error
    opener = getattr(home, "open_anybodys", home.open_uri) if anybodys else home.open_uri
    return cast(Store, opener(uri, settings))
