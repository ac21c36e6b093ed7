"""A program's own provider and what the component is asked for: where they differ, half of the names would be wrong."""

from __future__ import annotations

import pulumi


def agreed(what: str, asked: str, there: pulumi.Output[str]) -> pulumi.Output[str]:
    """What is asked for. `there`: what the provider says, which is looked at in the preview already."""
    return there.apply(lambda it: same(what, asked, it))


def same(what: str, asked: str, there: str | None) -> str:
    """Raises pulumi.RunError where the provider is elsewhere."""
    if there is not None and there.lower() != asked.lower():
        raise pulumi.RunError(f"{what}: {asked} is asked for, and the provider that makes it is in {there}")
    return asked
