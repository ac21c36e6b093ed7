"""Tags of everything that has an ARN here: AddTags, ListTags, DeleteTags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tradewind.sandbox.aws.faults import ServiceError, invalid
from tradewind.sandbox.aws.pages import page

MOST = 50
RESERVED = "aws:"
PAGE = 50
Said = Mapping[str, Any]
Marks = Mapping[str, str]


class Tagged(Protocol):
    """One kind of resource. What `how` gives is what the resource's tags are then; None: it is not there."""

    def __call__(self, region: str, name: str, how: Callable[[Marks], Marks]) -> Marks | None: ...


@dataclass(frozen=True)
class Kind:
    """`word` is the resource's in its ARN."""

    word: str
    tags: Tagged


class Tags:
    """`operations` are those of the service that are emulated, by name."""

    def __init__(self, account: str, kinds: tuple[Kind, ...]) -> None:
        self._account = account
        self._kinds = {kind.word: kind.tags for kind in kinds}
        self.operations = {"AddTags": self._add, "ListTags": self._list, "DeleteTags": self._delete}

    def _add(self, said: Said, region: str) -> Said:
        new = told(said)

        def added(tags: Marks) -> Marks:
            return limited({**tags, **new})

        return {"Tags": shown(self._changed(said, region, added))}

    def _delete(self, said: Said, region: str) -> Said:
        self._changed(said, region, lambda tags: {key: tags[key] for key in tags if key not in said["TagKeys"]})
        return {}

    def _list(self, said: Said, region: str) -> Said:
        found, more = page(shown(self._changed(said, region, lambda tags: tags)), said, size=PAGE)
        return {"Tags": list(found), **more}

    def _changed(self, said: Said, region: str, how: Callable[[Marks], Marks]) -> Marks:
        arn = said["ResourceArn"]
        head, _, rest = arn.partition(f":sagemaker:{region}:{self._account}:")
        word, _, name = rest.partition("/")
        kind = self._kinds.get(word)
        tags = None if kind is None or head != "arn:aws" else kind(region, name, how)
        if tags is None:
            raise invalid(
                f"Could not find resource {arn}. This sandbox knows tags of: {', '.join(sorted(self._kinds))}."
            )
        return tags


def told(said: Said) -> Marks:
    """The tags of a request. Raises ServiceError where a key is there twice, or is of those that are AWS's own."""
    tags = said.get("Tags") or ()
    keys = [tag["Key"] for tag in tags]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise invalid(f"Duplicate tag keys are not allowed: {', '.join(twice)}")
    if any(key.lower().startswith(RESERVED) for key in keys):
        raise invalid("aws: prefixed tag key names are not allowed for external use.")
    return {tag["Key"]: tag["Value"] for tag in tags}


def limited(tags: Marks) -> Marks:
    if len(tags) > MOST:
        raise ServiceError("ResourceLimitExceeded", f"A resource can have at most {MOST} tags.")
    return tags


def shown(tags: Marks) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
