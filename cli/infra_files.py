"""`deploy infra policy` and `init`: no Pulumi is needed for them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.infra_options import SHOWN, pairs
from tradewind.cli.options import Verb

if TYPE_CHECKING:
    from tradewind.infra.policy import Document, Identity, When, Where
    from tradewind.spec.models import Spec

IN_THE_WAY = "TW006"
_IDENTITIES = ("planner", "deployer", "caller", "runtime")
_WHEN = ("autoscaling", "secrets", "kms", "vpc")


@click.command("policy", cls=Verb, shows=SHOWN - {"sandbox"})
@click.option("--for", "identity", type=click.Choice(_IDENTITIES), required=True, help="Whose rights.")
@click.option("--cloud", type=click.Choice(["aws", "gcp", "azure"]), help="Whose form.  [the provider's]")
@click.option("--at", metavar="PLACE", help="Only the document that is bound there, alone: project, bucket, trust, ...")
@click.option("--when", type=click.Choice(_WHEN), multiple=True, help="Also what this needs. May be repeated.")
@pass_cli
def policy(cli: Cli, /, identity: Identity, cloud: str | None, at: str | None, when: tuple[When, ...]) -> None:
    """Print what an identity must be allowed, as JSON for the cloud's own command line.

    Where an identity needs several documents, a list of them, each with its place, the command that takes it, and the condition
    it has to be given under where there is one; --at gives one alone. A deploy.yaml narrows them to its project.
    """
    from tradewind.cli.infra_place import cloud_of
    from tradewind.infra import policy as policies

    spec = cli.work(everywhere=True).spec if cli.has_spec or cli.said.get("file") else None
    chosen = cloud or cloud_of(cli, spec)
    where = _where(spec, chosen, cli)
    if at is not None:
        body: object = policies.document(chosen, identity, where, at=at, when=when)
    else:
        found = policies.documents(chosen, identity, where, when=when)
        alone = len(found) == 1 and not found[0].condition
        body = found[0].body if alone else [_whole(it) for it in found]
    cli.out.answered = True
    cli.out.text(json.dumps(body, indent=2) + "\n")


@click.command("init", cls=Verb, shows=SHOWN - {"sandbox", "file"})
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--name", metavar="NAME", help="Pulumi's project, which names begin with.  [tradewind]")
@click.option("--stack", metavar="NAME", help="The first stack.  [--env, dev]")
@click.option(
    "-c",
    "--config",
    metavar="KEY=VALUE",
    multiple=True,
    help="Of the first stack, as -c project=acme-ml. May be repeated.",
)
@click.option("--force", is_flag=True, help="Overwrite files that are in the way.")
@pass_cli
def init(cli: Cli, /, folder: Path, name: str | None, stack: str | None, config: tuple[str, ...], force: bool) -> None:
    """Write a Pulumi project of a few lines into FOLDER (here, when unsaid), for a team's own repository."""
    from tradewind.cli.documents import InfraInit
    from tradewind.cli.infra_place import cloud_of, configured, defaults, valid
    from tradewind.cli.render import infra as render
    from tradewind.errors import Problem, SpecError
    from tradewind.infra import starting

    spec = cli.work(everywhere=True).spec if cli.has_spec else None
    said = pairs(config)
    cloud, first = cloud_of(cli, spec, said), stack or str(cli.said.get("env") or "dev")
    known = {**defaults(cloud, first), **configured(cloud, spec, cli), **said}
    if lacking := [key for key in starting.NEEDED[cloud] if not known.get(key)]:
        whole = " ".join(("deploy infra init --provider", cloud, *(f"-c {key}=..." for key in lacking)))
        raise SpecError([Problem(key, "is needed") for key in lacking], code="TW801", hint=whole)
    needed = {key: known[key] for key in starting.NEEDED[cloud]}
    valid({"name": name or "tradewind", "cloud": cloud, **needed, **said}, first)
    files = starting.files(cloud, name or "tradewind", first, needed, said)
    _write(folder, files, force=force)
    there = () if folder.absolute() == Path.cwd() else (f"cd {shlex.quote(str(folder))}",)
    result = InfraInit(
        cloud=cloud,
        name=name or "tradewind",
        stack=first,
        path=str(folder.absolute()),
        files=tuple(files),
        next=(*there, f"deploy infra preview --stack {shlex.quote(first)}"),
    )
    cli.out.result(result, lambda paper: render.written(result, paper))


def _write(folder: Path, files: Mapping[str, str], *, force: bool) -> None:
    """RefusedError TW006 before anything is written where a file is in the way."""
    from tradewind.errors import RefusedError

    blocked = [name for name in files if (folder / name).exists()]
    if blocked and not force:
        raise RefusedError(
            f"{', '.join(blocked)} would be overwritten; nothing was written",
            code=IN_THE_WAY,
            hint="Choose an empty folder, or agree with --force.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _whole(it: Document) -> dict[str, object]:
    condition = {"condition": it.condition} if it.condition else {}
    return {"at": it.at, "title": it.title, "command": it.command, **condition, "body": it.body}


def _where(spec: Spec | None, cloud: str, cli: Cli) -> Where:
    from tradewind.infra.policy import Where

    environment = str(cli.said.get("env") or "")
    block = spec.block(cloud) if spec else None
    root = (spec.foundation.root or "") if spec and spec.foundation else ""
    scheme, _, rest = root.partition("://")
    return Where(
        environment=environment,
        workload=spec.name if spec else "",
        region=str(cli.said.get("region") or getattr(block, "region", None) or ""),
        account=str(getattr(block, "account", None) or ""),
        bucket=rest.partition("/")[0] if scheme in ("s3", "gs") else "",
        prefix=rest.partition("/")[2] if root else Where.prefix,
        project=str(getattr(block, "project", None) or ""),
        subscription=str(getattr(block, "subscription", None) or ""),
        resource_group=str(getattr(block, "resource_group", None) or ""),
    )
