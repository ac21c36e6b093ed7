"""Tags that say what a resource is to us; SageMaker lists them as pairs.

SageMaker's pattern for tags is `[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*`: no emoji, comma or apostrophe. Whatever else people write
goes there as `=1F680=`, its code point, and comes back as it was.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

DIGEST_TAG = "tradewind-digest"  # of a training job, a model, an endpoint configuration
ENDPOINT_TAG = "tradewind-endpoint"  # of a model and an endpoint configuration: whose they are
SLOT_DIGEST_TAG = f"{DIGEST_TAG}-"  # and a slot: on an endpoint configuration, of the version that sits there
# On an endpoint whose only version gets no traffic yet. SageMaker takes no sole variant without weight, so whoever knows the
# endpoint's name is answered; but it is not released, and nobody is told of it.
CLOSED_TAG = "tradewind-closed"
# On an endpoint: the slots whose versions were wanted with min 0. One machine stays, but asked again, it is as wanted.
ZERO_TAG = "tradewind-min-zero"
MOST = 50  # of one thing (TagList)
LONGEST_KEY, LONGEST_VALUE = 128, 256  # characters, as they are sent (TagKey, TagValue)
# A configuration carries most of ours beside those of the wish: its digest, its endpoint, two slots' digests, a rollout's mark.
OUR_TAGS = 5
_PLAIN = frozenset("_.:/=+-@")
_ESCAPED = re.compile(r"=([0-9A-F]{1,6})=")


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """As requests take them."""
    return [{"Key": escaped(key), "Value": escaped(value)} for key, value in sorted(tags.items())]


def mapping(listed: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """As answers give them, without those that AWS itself keeps (`aws:...`): nobody may change or remove these."""
    return {plain(tag["Key"]): plain(tag["Value"]) for tag in listed if not tag["Key"].startswith("aws:")}


def escaped(text: str) -> str:
    """What SageMaker takes stays as it is, unless it looks like an escape of ours: no two texts become one."""
    if all(map(_taken, text)) and not _ESCAPED.search(text):
        return text
    return "".join(c if _taken(c) and c != "=" else f"={ord(c):X}=" for c in text)


def plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if int(found[1], 16) <= 0x10FFFF else found[0], text)


def _taken(char: str) -> bool:
    return char in _PLAIN or unicodedata.category(char)[0] in "LZN"
