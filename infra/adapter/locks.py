"""Whose a stack's lock is: from the folder of a file backend, or from Pulumi's words, which are all that others tell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from tradewind.infra.adapter import workspace
from tradewind.infra.results import Lock

# pkg/backend/diy/lock.go, checkForLock: the same for a folder and for each cloud's bucket
_BY = re.compile(r"created by (?P<by>.+? \(pid \d+\)) at (?P<at>\S+)")
_QUERY = re.compile(r"\?\S*(?=: created by )")  # of the lock's URL: options of the backend
# pkg/cmd/pulumi/stack/stack.go, runStack: "Update in progress:", later versions name the kind
_UNDER_WAY = re.compile(r"(?P<kind>\w+) in progress:\s+Started: (?P<since>.+)\s+Requested By: (?P<by>.*)")


def told(text: str) -> Lock:
    """Pulumi's words; by and since are the first lock's. Pulumi's service tells neither."""
    said = text[at:] if (at := text.find("the stack is currently locked")) >= 0 else text
    said = _QUERY.sub("", said)
    found = _BY.search(said)
    return Lock(found["by"], _moment(found["at"]), said.strip()) if found else Lock(said=said.strip())


def of_service(text: str) -> Lock | None:
    """Of `pulumi stack`, which says of a stack in Pulumi's service what is under way; when it began only about. None: nothing."""
    found = _UNDER_WAY.search(text)
    if found is None:
        return None
    by = found["by"].strip()
    return Lock(by, None, f"{found['kind']} in progress, started {found['since'].strip()} by {by}")


def in_folder(backend: str, project: str, stack: str, base: Path) -> Lock | None:
    """Reads the lock of a file:// backend and takes none. `base`: what `file://.` is relative to. None: not locked."""
    locks = workspace.on_disk(backend, base) / ".pulumi" / "locks"
    name = stack.rpartition("/")[2]
    for folder in (locks / "organization" / project / name, locks / name):  # the second is of old backends
        if rows := list(_rows(sorted(folder.glob("*.json")))):
            return rows[0]
    return None


def _rows(paths: Iterable[Path]) -> Iterable[Lock]:
    for path in paths:
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
            by = f"{known['username']}@{known['hostname']} (pid {known['pid']})"
            yield Lock(by, _moment(str(known["timestamp"])), f"{path}: created by {by} at {known['timestamp']}")
        except FileNotFoundError:  # freed meanwhile
            continue
        except (ValueError, KeyError, TypeError):
            yield Lock(said=f"{path} cannot be read")


def _moment(text: str) -> datetime | None:
    """Go writes nanoseconds, which Python does not read."""
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
