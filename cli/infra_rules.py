"""The ground's rules over a preview: what they forbid ends the command before anything is made, the rest is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.cli.infra_place import Site
    from tradewind.infra.checks import Rules, Violation
    from tradewind.infra.results import Outcome


def judged(site: Site, seen: Outcome, config: Mapping[str, str]) -> tuple[Outcome, tuple[Violation, ...]]:
    """The preview with what was found among its remarks, and the same for `checks.refuse`."""
    from tradewind.infra import checks
    from tradewind.infra.results import Told

    changing = {step.urn for step in seen.changes}
    # Each is judged with all others beside it; a team's own program is not held to what it made before and leaves as it is.
    found = tuple(
        it
        for it in checks.violations(seen.resources, _rules(site, config))
        if site.place.folder is None or it.urn in changing
    )
    said = tuple(
        Told("error" if it.severity == "mandatory" else "warning", it.text, it.urn) for it in found if it.known
    )
    return replace(seen, told=(*seen.told, *said)), found


def _rules(site: Site, said: Mapping[str, str]) -> Rules:
    """From the stack's own configuration; a program of one's own is held to what holds anywhere."""
    from tradewind.infra.checks import Rules

    region = said.get("region", "")
    return Rules(
        regions=(region,) if region and site.cloud != "local" else (),
        own_key=said.get("key") == "own",
        private=said.get("network") not in (None, "", "null"),
    )
