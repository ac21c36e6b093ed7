r"""Tags as Azure Resource Manager and runs of Azure ML hold them.

Resource Manager's names take none of `< > % & \ ? /` and are the same whatever their case ("Use tags to organize your Azure
resources"). A character that it refuses is written as `=2F=`, its code point, and comes back as it was.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

MOST = 50  # of a resource ("Use tags ..."), and of a run ("Service limits")
LONGEST_NAME = 100  # of a run; 512 of a resource
LONGEST_VALUE = 256  # of a resource; 1,000 of a run

_REFUSED = frozenset("<>%&\\?/")
_ESCAPED = re.compile(r"=([0-9A-F]{1,6})=")


def written(tags: Mapping[str, str]) -> dict[str, str]:
    """As requests take them: no two become one, but those that differ in case alone (`clashing`)."""
    return {escaped(name): value for name, value in tags.items()}


def read(tags: Mapping[str, str]) -> dict[str, str]:
    """As they were given, from an answer."""
    return {plain(name): value for name, value in tags.items()}


def escaped(name: str) -> str:
    """What Azure takes stays as it is, unless it looks like an escape of ours."""
    if not _REFUSED & set(name) and not _ESCAPED.search(name):
        return name
    return "".join(f"={ord(char):X}=" if char in _REFUSED or char == "=" else char for char in name)


def plain(name: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if int(found[1], 16) <= 0x10FFFF else found[0], name)


def clashing(tags: Mapping[str, str]) -> tuple[str, ...]:
    """Names that are one name to Azure."""
    counted = Counter(map(str.lower, tags))
    return tuple(sorted(name for name in tags if counted[name.lower()] > 1))
