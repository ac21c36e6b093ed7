"""Names of what is made in a cloud: the same for the same identity, and always within the target's limits."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from tradewind.engine import digests
from tradewind.engine.session import Identity
from tradewind.errors import Problem, SpecError
from tradewind.values import Traits

LONGEST = 63  # where the traits say nothing


def job_name(identity: Identity, digest: str, attempt: int, traits: Traits) -> str:
    """One name a digest and attempt; unique, since a failed job keeps its name."""
    tail = f"{digests.hexed(digest)[:10]}-{attempt}"
    return _fit("job", (identity.project, identity.environment), tail, traits)


def endpoint_name(identity: Identity, traits: Traits) -> str:
    """The project's name where the environment is the default one, else both; with a hash where that would not be exact."""
    return _fit("endpoint", (identity.project, identity.environment), "", traits)


def _fit(kind: str, said: tuple[str, str], tail: str, traits: Traits) -> str:
    longest, pattern = traits.max_name.get(kind, LONGEST), traits.names.get(kind, r"[a-z]([a-z0-9-]*[a-z0-9])?")
    for candidate in _candidates(said, tail, longest):
        if len(candidate) <= longest and re.fullmatch(pattern, candidate):
            return candidate
    message = f"no name for the {kind} fits what the target allows ({pattern}, at most {longest} characters)"
    raise SpecError([Problem("name", message, value=said[0])], code="TW066", hint="choose another project name")


def _candidates(said: tuple[str, str], tail: str, longest: int) -> Iterator[str]:
    """From the most readable to the plainest. A trimmed or changed name carries a hash of the whole, so none means two things."""
    project, environment = said
    parts = [project] if environment == "default" else [project, environment]
    readable = "--".join(parts)
    exact = all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", part) for part in parts)
    if exact:
        yield "-".join(filter(None, (readable, tail)))
    mark = hashlib.sha256("\0".join((project, environment, tail)).encode()).hexdigest()
    slug = re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-") or "tw"
    slug = slug if slug[0].isalpha() else f"tw-{slug}"
    for end in dict.fromkeys((f"{mark[:8]}-{tail}" if tail else mark[:8], mark[:12])):
        room = longest - len(end) - 1
        if room > 0 and (head := slug[:room].rstrip("-")):
            yield f"{head}-{end}"
    yield f"tw{mark[:12]}"
    yield f"t{mark}"[:longest]
