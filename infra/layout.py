"""What lies where in a foundation's bucket, as far as its lifecycle has to know: the engine's folders, and one for scratch.

An environment's store is `<prefix>/<project>/<environment>/`, with ledger, runs, bundles and models, which stay with all their
versions, and with outputs and checkpoints, whose overwritten versions are of no use to anybody after a while.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.infra.arguments import Foundation

PUBLISHED = "foundation.json"
_AGING = ("outputs", "checkpoints")


def below(args: Foundation, *folders: str) -> str:
    """A prefix of keys, ending with a slash."""
    return "/".join([*filter(None, (args.prefix.strip("/"), *folders)), ""])


def published(args: Foundation) -> str:
    """The key of foundation.json."""
    return below(args) + PUBLISHED


def scratch(args: Foundation) -> str:
    """Where anybody may put what goes by itself after `scratch_days`."""
    return below(args, "scratch")


def aging(args: Foundation) -> tuple[str, ...]:
    """Where old versions of objects go after `old_version_days`: stores cannot exclude, so projects have to be named for it."""
    named = [below(args, project, args.environment, room) for project in args.projects for room in _AGING]
    return (scratch(args), *named)
