"""Names of what is made: those that are unique in the whole of Azure end in a digest of subscription, name and environment.

What Azure only hides for a while when it is deleted keeps its name for so long: a vault and its keys 90 days (purge protection
is just that), a workspace of Azure ML or Log Analytics 14. Theirs hold a `seed`, too, which is another one when all is made
again.
Source: "Naming rules and restrictions for Azure resources" (azure-resource-manager/management/resource-name-rules).
"""

from __future__ import annotations

import hashlib
import re
from uuid import UUID, uuid5

WORKSPACE = 33  # characters of a workspace of Azure ML
LOGS = 63  # of one of Log Analytics
KEY = 127  # of a key; everything else takes more than a slug has
_ROOT = UUID("5a3d3c5e-6c1d-5c1f-9d7d-0d0f5f3a7a11")  # ours: what RBAC's identifiers are derived from


def digest(subscription: str, name: str, environment: str, seed: str = "") -> str:
    return _hash("/".join((subscription.lower(), name, environment, *filter(None, (seed,)))), 8)


def cut(text: str, limit: int) -> str:
    """The text; where it is too long, its beginning with a hash of the whole, so that no two become one."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 7].rstrip('-')}-{_hash(text, 6)}"


def fresh(text: str, limit: int, seed: str) -> str:
    """The text, cut, with the seed's mark; without one it stays as it is."""
    return f"{cut(text, limit - 7)}-{_hash(seed, 6)}" if seed else cut(text, limit)


def storage_account(subscription: str, name: str, environment: str) -> str:
    """3 to 24 of lower letters and digits."""
    return _plain(name, environment)[:16] + digest(subscription, name, environment)


def key_vault(subscription: str, name: str, environment: str, seed: str) -> str:
    """3 to 24 of letters, digits and single dashes, a letter first."""
    return f"{_plain(name, environment)[:15]}-{digest(subscription, name, environment, seed)}"


def registry(subscription: str, name: str, environment: str) -> str:
    """5 to 50 of letters and digits."""
    return _plain(name, environment)[:40] + digest(subscription, name, environment)


def rbac(*parts: str) -> str:
    """The GUID of a role definition or an assignment: the same one each run, since a new one would replace it."""
    return str(uuid5(_ROOT, "/".join(parts).lower()))


def last(identifier: str) -> str:
    """The name in an identifier; a name is its own."""
    return identifier.rstrip("/").rpartition("/")[2]


def group_of(identifier: str) -> str:
    """Identifier of the resource group that something is in; empty for a mere name."""
    parts = identifier.split("/")
    return "/".join(parts[:5]) if len(parts) > 5 and parts[3].lower() == "resourcegroups" else ""


def _hash(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _plain(name: str, environment: str) -> str:
    return re.sub("[^a-z0-9]", "", name + environment)
