"""`deploy infra ...`: the ground, driven by Pulumi's engine. What needs no engine is in infra_files.py."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from tradewind.cli.asking import confirm
from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.groups import LazyGroup
from tradewind.cli.infra_options import SHOWN, Wanted, driven, how, placed, refreshing, replacing
from tradewind.cli.options import CONFIRM, LOCKING, Verb
from tradewind.cli.verbs import INFRA

if TYPE_CHECKING:
    from datetime import timedelta

    from tradewind.cli.documents import InfraResult
    from tradewind.cli.infra_place import Site
    from tradewind.infra.results import Outcome

WOULD_REPLACE, WOULD_DELETE = "TW052", "TW053"


@click.group("infra", cls=LazyGroup, entries=INFRA)
def infra() -> None:
    """The ground that deployments stand on: bucket, identities, registry, network, keys, logs, alarms, budget.

    One Pulumi program; where there is a Pulumi.yaml, that one. All but policy and init need Pulumi's command line; nothing else
    of `deploy` does.
    """


@click.command("preview", cls=Verb, shows=SHOWN | LOCKING)
@click.option("--exit-code", is_flag=True, help="Exit 3 when there is something to do.")
@placed
@driven
@refreshing
@replacing
@pass_cli
def preview(cli: Cli, /, exit_code: bool, **given: object) -> None:
    """Show what `up` would make, change, replace and delete. Nothing is changed."""
    from tradewind.cli.infra_engine import again, opened
    from tradewind.cli.infra_place import site
    from tradewind.cli.infra_rules import judged
    from tradewind.infra.checks import refuse

    there = site(cli, Wanted.of(given))
    asked = how(given, waiting(cli))
    with opened(cli, there) as ground:
        found, broken = judged(there, ground.preview(asked), ground.config())
    # Of a program of one's own a value may be secret.
    said = (*(there.wanted.options() if there.place.folder is None else ()), *asked.flags())
    steps = (again(cli, there, "up", said),) if found.changes else ()
    _answer(cli, document(there, "previewed", found, next=steps))
    refuse(broken)
    _verdict(exit_code and bool(found.changes))


@click.command("up", cls=Verb, shows=SHOWN | CONFIRM | LOCKING)
@click.option("--allow-replace", is_flag=True, help="Agree to replace what cannot be changed in place.")
@click.option("--allow-delete", is_flag=True, help="Agree to delete what is no longer asked for.")
@placed
@driven
@refreshing
@replacing
@pass_cli
def up(cli: Cli, /, allow_replace: bool, allow_delete: bool, **given: object) -> None:
    """Make the ground, or bring it to what is asked for, and publish its outputs for `deploy`.

    Shows what it would do and asks; `--yes` covers creating and changing in place.
    """
    from tradewind.cli import infra_publish
    from tradewind.cli.infra_engine import again, opened
    from tradewind.cli.infra_place import site
    from tradewind.cli.infra_rules import judged
    from tradewind.infra.checks import refuse

    there = site(cli, Wanted.of(given))
    asked = how(given, waiting(cli))
    with opened(cli, there) as ground:
        seen, broken = judged(there, ground.preview(asked), ground.config())
        before, keeps = ground.outputs(), ground.unkept()
    does, shown = bool(seen.changes) or _outputs_differ(seen, before), False
    if does:
        shown = _shown(cli, document(there, "previewed", seen))
        refuse(broken)
        unless_agreed(seen, replace=allow_replace, delete=allow_delete)
        if not cli.yes:
            confirm(cli.out, f"Do this to stack {there.place.stack} on {cli.on(there.title)}?", "--yes")
    _warned(cli, there)
    if does or keeps:
        with opened(cli, there) as ground:
            done = ground.up(asked)
    else:
        from dataclasses import replace

        done = replace(seen, outputs=before)
    published = infra_publish.publish(cli, there, done.outputs)
    steps = (*([cli.again("plan")] if there.spec else []), again(cli, there, "outputs"))
    result = document(there, "changed" if does or done.changes else "nothing", done, published=published, next=steps)
    _answer(cli, result, brief=shown)


@click.command("refresh", cls=Verb, shows=SHOWN | CONFIRM | LOCKING)
@placed
@driven
@pass_cli
def refresh(cli: Cli, /, **given: object) -> None:
    """Take what really stands into the state. Nothing in the cloud is changed; `drift` shows it beforehand."""
    from tradewind.cli.infra_engine import opened
    from tradewind.cli.infra_place import site

    there = site(cli, Wanted.of(given))
    if not cli.yes:
        confirm(cli.out, f"Overwrite the state of stack {there.place.stack} with what stands?", "--yes")
    with opened(cli, there) as ground:
        found = ground.refresh(how(given, waiting(cli)))
    _answer(cli, document(there, "refreshed", found))


@click.command("drift", cls=Verb, shows=SHOWN)
@placed
@pass_cli
def drift(cli: Cli, /, **given: object) -> None:
    """Compare what stands with the state, and change neither. Exit 3 when something differs."""
    from tradewind.cli.infra_engine import again, opened
    from tradewind.cli.infra_place import site

    there = site(cli, Wanted.of(given), asks=False)
    with opened(cli, there) as ground:
        found = ground.drift()
    steps = (again(cli, there, "up --refresh"), again(cli, there, "refresh")) if found.changes else ()
    _answer(cli, document(there, "compared", found, next=steps))
    _verdict(bool(found.changes))


def _warned(cli: Cli, site: Site) -> None:
    """A runner's disk goes with it, and with the state what is known of the ground."""
    from tradewind.infra.adapter import workspace

    if os.environ.get("CI") and site.cloud != "local" and not site.emulated and not workspace.said(site.place):
        cli.out.say(
            f"Warning: the state is kept on this runner alone ({workspace.state()}); PULUMI_BACKEND_URL or --backend names a"
            " place that outlives it."
        )


def waiting(cli: Cli) -> timedelta | None:
    """For another's lock, where --lock-timeout was said; else a locked stack ends the command at once, with whose lock it is."""
    return cli.lock_timeout if cli.said.get("lock_timeout") is not None else None


def unless_agreed(seen: Outcome, *, replace: bool, delete: bool) -> None:
    """Raises RefusedError, which names what would go."""
    from tradewind.errors import RefusedError

    for op, agreed, code, flag in (
        ("replace", replace, WOULD_REPLACE, "--allow-replace"),
        ("delete", delete, WOULD_DELETE, "--allow-delete"),
    ):
        names = [step.name for step in seen.changes if step.op == op]
        if names and not agreed:
            raise RefusedError(
                f"{', '.join(names)} would be {op}d; nothing was done", code=code, hint=f"to go on: {flag}"
            )


def document(
    site: Site, did: str, found: Outcome, *, published: tuple[str, ...] = (), next: tuple[str, ...] = ()
) -> InfraResult:
    """`published`: where the outputs were written for `deploy`."""
    from tradewind.cli.documents import InfraResult

    return InfraResult.model_validate(
        {
            "did": did,
            "stack": found.stack or site.place.stack,
            "cloud": site.cloud or "",
            "emulated": site.emulated,
            "changes": len(found.changes),
            "steps": [{**vars(step)} for step in found.steps],
            "told": [{**vars(told)} for told in found.told],
            "seconds": round(found.seconds, 3),
            "outputs": {name: value for name, value in found.outputs.items() if name not in found.secrets},
            "secrets": found.secrets,
            "published": published,
            "next": next,
        }
    )


def _outputs_differ(seen: Outcome, before: object) -> bool:
    """An export that is new or renamed is a change without a resource; a preview that tells no outputs says nothing."""
    return bool(seen.outputs) and dict(seen.outputs) != before


def _shown(cli: Cli, it: InfraResult) -> bool:
    """For whoever is asked or reads a log; a document of the preview is what `preview` is for."""
    from tradewind.cli.render import infra as render

    shows = cli.out.mode == "table" or (cli.out.can_ask and not cli.yes)
    if shows:
        cli.out.say(*render.result(it, cli.out.margin), "")
    return shows


def _answer(cli: Cli, it: InfraResult, *, brief: bool = False) -> None:
    from tradewind.cli.render import infra as render

    cli.out.result(it, lambda paper: render.result(it, paper, brief=brief))


def _verdict(changes: bool) -> None:
    if changes:
        from tradewind.errors import Exit

        raise click.exceptions.Exit(Exit.CHANGES)
