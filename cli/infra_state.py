"""`deploy infra outputs`, `destroy`, `unlock`, `import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradewind.cli.asking import confirm
from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.infra import document, waiting
from tradewind.cli.infra_options import SHOWN, Wanted, driven, how, placed, refreshing
from tradewind.cli.options import CONFIRM, LOCKING, Verb

if TYPE_CHECKING:
    from tradewind.infra.adapter.importing import Import


@click.command("outputs", cls=Verb, shows=SHOWN)
@placed
@pass_cli
def outputs(cli: Cli, /, **given: object) -> None:
    """What the stack gives: root, identities, network. Secrets are named, and never printed."""
    from tradewind.cli.documents import InfraOutputs
    from tradewind.cli.infra_engine import again, opened
    from tradewind.cli.infra_place import site
    from tradewind.cli.render import infra as render

    there = site(cli, Wanted.of(given), asks=False)
    with opened(cli, there) as ground:
        found, hidden = ground.outputs(), ground.secret_names()
    shown = {name: value for name, value in found.items() if name not in hidden}
    steps = () if found else (again(cli, there, "up"),)
    result = InfraOutputs(stack=there.place.stack, outputs=shown, secrets=tuple(sorted(hidden)), next=steps)
    cli.out.result(result, lambda paper: render.outputs(result, paper))


@click.command("destroy", cls=Verb, shows=SHOWN | CONFIRM | LOCKING)
@click.option("--force", is_flag=True, help="Also where endpoints or jobs live on it; they are named.")
@placed
@driven
@refreshing
@pass_cli
def destroy(cli: Cli, /, force: bool, **given: object) -> None:
    """Remove the ground. Refuses while endpoints or jobs of the environment live.

    Bucket and key are protected: `-c protect=false` with `deploy infra up` comes first.
    """
    from tradewind.cli import infra_keeping, infra_living, infra_publish
    from tradewind.cli.infra_engine import opened
    from tradewind.cli.infra_place import site
    from tradewind.cli.render import infra as render

    there = site(cli, Wanted.of(given), asks=False)
    with opened(cli, there) as ground:
        before, standing = ground.outputs(), ground.standing()
    stands = infra_publish.foundation_of(there, before)
    infra_living.check(cli, there, stands, force=force)
    infra_keeping.check(cli, there, standing, how(given, None).targets, stands)
    if not cli.yes:
        root = f", {before['root']} with it" if before.get("root") else ""
        what = f"{len(standing)} resources of stack {there.place.stack}"
        confirm(cli.out, f"Remove {what} on {cli.on(there.title)}{root}?", "--yes")
    with opened(cli, there) as ground:
        done = ground.destroy(how(given, waiting(cli)))
    if not given.get("target"):
        infra_publish.forget(cli, there, before)
    result = document(there, "destroyed" if done.changes else "nothing", done)
    cli.out.result(result, lambda paper: render.result(result, paper))


@click.command("unlock", cls=Verb, shows=SHOWN | CONFIRM)
@placed
@pass_cli
def unlock(cli: Cli, /, **given: object) -> None:
    """Free the stack's lock, after showing whose it is. Of a run that still goes on, changes may be lost."""
    from tradewind.cli.documents import InfraUnlock
    from tradewind.cli.infra_engine import opened
    from tradewind.cli.infra_place import site
    from tradewind.cli.render import infra as render

    there = site(cli, Wanted.of(given), asks=False)
    with opened(cli, there) as ground:
        held = ground.lock()
    if held is not None:
        if not cli.yes:
            cli.out.say(*cli.out.margin.wrap(render.owner(held.by, held.since, held.said)))
            confirm(cli.out, f"Free the lock of stack {there.place.stack}?", "--yes")
        with opened(cli, there) as ground:
            ground.cancel()
    result = InfraUnlock(
        stack=there.place.stack,
        changed=held is not None,
        by=held.by if held else "",
        since=held.since if held else None,
    )
    cli.out.result(result, lambda paper: render.unlocked(result, paper))


@click.command("import", cls=Verb, shows=SHOWN | CONFIRM | LOCKING, without=("--file",))
@click.argument("row", nargs=-1, metavar="[TYPE NAME ID]...")
@click.option("--file", "rows_file", metavar="PATH", type=click.Path(dir_okay=False, path_type=Path),
              help="Rows of TYPE NAME ID, one a line; # begins a remark.")  # fmt: skip
@placed
@pass_cli
def import_(cli: Cli, /, row: tuple[str, ...], rows_file: Path | None, **given: object) -> None:
    """Take what stands already into the stack's state: a type as aws:s3/bucket:Bucket, its name as `preview` shows it, its id."""
    from tradewind.cli.infra_engine import again, opened
    from tradewind.cli.infra_place import site
    from tradewind.cli.render import infra as render

    taken = _rows(row, rows_file)
    there = site(cli, Wanted.of(given))
    if not cli.yes:
        cli.out.say(*(f"  {it.type}  {it.name}  {it.id}" for it in taken))
        confirm(cli.out, f"Take this into stack {there.place.stack}?", "--yes")
    with opened(cli, there) as ground:
        done = ground.import_(taken)
    result = document(there, "imported", done, next=(again(cli, there, "preview"),))
    cli.out.result(result, lambda paper: render.result(result, paper))


def _rows(words: tuple[str, ...], path: Path | None) -> tuple[Import, ...]:
    from tradewind.infra.adapter.importing import Import

    context = click.get_current_context(silent=True)
    lines = [list(words[at : at + 3]) for at in range(0, len(words), 3)]
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"--file {path} cannot be read: {error}", context) from error
        lines += [found for line in text if (found := line.partition(" #")[0].split()) and found[0][0] != "#"]
    if not lines:
        raise click.UsageError("Say what to import: TYPE NAME ID, or --file PATH.", context)
    for line in lines:
        if len(line) != 3:
            raise click.UsageError(f"A row is TYPE NAME ID, and {' '.join(line)!r} has {len(line)} words.", context)
    return tuple(Import(*line) for line in lines)
