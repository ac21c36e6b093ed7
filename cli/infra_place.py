"""From a command line and a deploy.yaml to a stack: its name, whose program it runs, and its configuration."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.cli.context import Cli
from tradewind.cli.infra_options import Wanted, pairs

if TYPE_CHECKING:
    from tradewind.infra.adapter.workspace import Place
    from tradewind.infra.arguments import Cloud
    from tradewind.spec.models import Spec

STACK = "dev"
USAGE = "TW002"
TITLES = {"aws": "AWS", "gcp": "Google Cloud", "azure": "Azure", "local": "This machine"}
_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
BACKENDS = ("file://", "s3://", "gs://", "azblob://", "https://", "http://")
SECRETS = ("passphrase", "default", "awskms://", "azurekeyvault://", "gcpkms://", "hashivault://")
# Where the SDKs look by themselves, in their order.
_ENVIRON = {
    ("aws", "region"): ("AWS_REGION", "AWS_DEFAULT_REGION"),
    ("gcp", "project"): ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"),
    ("gcp", "region"): ("GOOGLE_CLOUD_REGION", "CLOUD_ML_REGION"),
    ("azure", "subscription"): ("AZURE_SUBSCRIPTION_ID", "ARM_SUBSCRIPTION_ID"),
    ("azure", "region"): ("AZURE_DEFAULTS_LOCATION",),
}
# For a first try: the emulated accounts have every region, and one project and subscription are as good as another.
EMULATED = {
    ("aws", "region"): "us-east-1",
    ("gcp", "project"): "tradewind-sandbox",
    ("gcp", "region"): "us-central1",
    ("azure", "subscription"): "00000000-0000-0000-0000-000000000000",
    ("azure", "region"): "eastus",
}


@dataclass(frozen=True)
class Site:
    """`cloud` is "" where a program of one's own decides. `spec`: deploy.yaml, where there is one."""

    place: Place
    cloud: Cloud | None
    wanted: Wanted
    spec: Spec | None = None
    emulated: bool = False

    @property
    def title(self) -> str:
        return TITLES[self.cloud] if self.cloud else "its own program's cloud"


def site(cli: Cli, wanted: Wanted, *, asks: bool = True) -> Site:
    """Calls nothing. SpecError for a spec that is wrong, a configuration that is (TW801), and a cloud that nobody said.

    `asks`: whether anything is asked of the stack; what only looks at it, frees or removes it needs no configuration here.
    """
    from tradewind.infra.adapter.workspace import Place

    spec = cli.work(everywhere=True).spec if cli.has_spec or cli.said.get("file") else None
    emulated = bool(cli.said.get("sandbox"))
    _known(wanted)
    if emulated:
        _ours_alone(wanted)
    folder = None if emulated else _program(cli, wanted)
    stack = wanted.stack or _stack(cli, spec)
    said = pairs(wanted.config)
    if folder is not None:
        flags = {"cloud": cli.said.get("provider"), "region": cli.said.get("region")}
        config = {**{key: value for key, value in flags.items() if value}, **said}
        place = Place(
            stack, folder, config, wanted.backend, wanted.secrets_provider, _environ(spec),
            again=partial(command, cli, wanted),
        )  # fmt: skip
        return Site(place, _cloud(config["cloud"]) if "cloud" in config else None, wanted, spec)
    cloud = cloud_of(cli, spec, said, "" if emulated else _kept(stack, wanted))
    if emulated and cloud == "local":
        emulated = cli.emulates(cloud)  # says that there is nothing to emulate
    given = configured(cloud, spec, cli)
    place = Place(
        stack, None, {**given, **said}, wanted.backend, wanted.secrets_provider, _environ(spec),
        of_spec=_of_spec(given, said) if spec else None, settings=emulated_folder(cloud) / "stacks" if emulated else None,
        defaults=defaults(cloud, stack, emulated), again=partial(command, cli, wanted),
    )  # fmt: skip
    if asks and not _far(place, cloud):
        valid(effective(place, cloud), stack)
    return Site(place, cloud, wanted, spec, emulated)


def command(cli: Cli, wanted: Wanted, verb: str, more: Sequence[str] = ()) -> str:
    """What reaches the same stack, ready to copy."""
    return " ".join(filter(None, (cli.again(f"infra {verb}"), shlex.join((*wanted.flags(), *more)))))


def emulated_folder(cloud: Cloud) -> Path:
    """Of the emulated ground's state and stack files."""
    from tradewind.home import home

    return home() / "sandbox" / "infra" / cloud


def _far(place: Place, cloud: Cloud) -> bool:
    """What is lacking here may be known to the stack's backend, which the program asks; it tells the same slips later."""
    from tradewind.infra.adapter import configuration, workspace
    from tradewind.infra.starting import NEEDED

    lacking = [key for key in NEEDED[cloud] if not effective(place, cloud).get(key)]
    return bool(lacking) and bool(workspace.said(place)) and configuration.file(place) is None


def _kept(stack: str, wanted: Wanted) -> str:
    """The cloud that the stack's file on this machine says."""
    from tradewind.infra.adapter import configuration
    from tradewind.infra.adapter.workspace import PROJECT, Place

    return str(configuration.kept(Place(stack, backend=wanted.backend)).get(f"{PROJECT}:cloud") or "")


def cloud_of(cli: Cli, spec: Spec | None, said: Mapping[str, str] = {}, kept: str = "") -> Cloud:
    """By -c, --provider, the spec, what the stack keeps, and in the sandbox AWS for a first try. SpecError where nothing says."""
    from tradewind.errors import Problem, SpecError

    name = said.get("cloud") or (spec.provider if spec else cli.said.get("provider")) or kept
    if not name and cli.said.get("sandbox"):
        name = "aws"
    if not name:
        raise SpecError([Problem("--provider", "say where: aws, gcp, azure or local")], code=USAGE)
    return _cloud(name)


def configured(cloud: Cloud, spec: Spec | None, cli: Cli) -> dict[str, str]:
    """What the component is asked, by --region and deploy.yaml: texts, with lists and objects as JSON."""
    from tradewind.infra.starting import NEEDED

    found: dict[str, str] = {"cloud": cloud}
    for key in NEEDED[cloud]:
        said = cli.said.get("region") if key == "region" else None
        if said := said or (getattr(spec.block(cloud), key, None) if spec else None):
            found[key] = str(said)
    if spec is not None:
        found["projects"] = json.dumps([spec.name])
        if secrets := sorted(set(_secrets(spec))):
            found["secrets"] = json.dumps(secrets)
        if spec.tags:
            found["tags"] = json.dumps(dict(spec.tags))
    return found


def defaults(cloud: Cloud, stack: str, emulated: bool = False) -> dict[str, str]:
    """What counts where neither a command, nor deploy.yaml, nor the stack itself says another thing."""
    from tradewind.infra.starting import NEEDED

    found = {key: value for key in NEEDED[cloud] if (value := _unsaid(cloud, key, stack, emulated))}
    if emulated:
        found.update(protect="false", keep_objects="false")  # what is tried out goes away again
    return found


def effective(place: Place, cloud: Cloud) -> dict[str, str]:
    """What is said now, over those of the cloud's own keys that the stack's file keeps, over the defaults."""
    from tradewind.infra.adapter import configuration
    from tradewind.infra.adapter.workspace import PROJECT
    from tradewind.infra.starting import NEEDED

    kept = configuration.kept(place)
    ours = {key: kept.get(f"{PROJECT}:{key}") for key in NEEDED[cloud]} if kept.get(f"{PROJECT}:cloud") == cloud else {}
    return {**place.defaults, **{key: it for key, it in ours.items() if isinstance(it, str)}, **place.config}


def _of_spec(given: Mapping[str, str], said: Mapping[str, str]) -> frozenset[str]:
    """What goes again when deploy.yaml no longer says it; what -c said stays until -c says another thing."""
    return frozenset(given.keys() & {"projects", "secrets", "tags"} - said.keys())


def _unsaid(cloud: str, key: str, stack: str, emulated: bool) -> str:
    if key == "folder":
        from tradewind.home import home

        return str(home() / "infra" / "ground" / stack.replace("/", "-"))
    there = next((os.environ[name] for name in _ENVIRON.get((cloud, key), ()) if os.environ.get(name)), "")
    return there or (EMULATED.get((cloud, key), "") if emulated else "")


def _secrets(spec: Spec) -> Iterator[str]:
    for part in (spec, spec.train, spec.serve):
        yield from part.secrets if part else ()


def _stack(cli: Cli, spec: Spec | None) -> str:
    said = spec.foundation.stack if spec and spec.foundation else None
    return said or str(cli.said.get("env") or STACK)


def _program(cli: Cli, wanted: Wanted) -> Path | None:
    """A folder with a Pulumi project: -C, else the spec's, else this one."""
    if wanted.cwd is not None:
        if not _has_project(wanted.cwd):
            from tradewind.errors import Problem, SpecError

            hint = "deploy infra init"
            raise SpecError([Problem("-C", f"there is no Pulumi.yaml in {wanted.cwd}")], code=USAGE, hint=hint)
        return wanted.cwd.absolute()
    folders = [cli.file.absolute().parent] if cli.has_spec else []
    return next((it for it in map(program_in, (*folders, Path.cwd())) if it), None)


def _ours_alone(wanted: Wanted) -> None:
    """A program of one's own could reach a real cloud, and its stack's file and backend are those of the real ground."""
    from tradewind.errors import Problem, SpecError

    said = {"-C": wanted.cwd, "--backend": wanted.backend, "--secrets-provider": wanted.secrets_provider}
    text = "is of the real ground; --sandbox has its own state and runs tradewind's own program"
    if problems := [Problem(flag, text) for flag, value in said.items() if value]:
        raise SpecError(problems, code=USAGE)


def _known(wanted: Wanted) -> None:
    """Pulumi takes every other word for the address of a service, and asks for a token of it."""
    from tradewind.errors import Problem, SpecError
    from tradewind.spec.suggest import closest

    problems = []
    for flag, value, known in (
        ("--backend", wanted.backend, BACKENDS),
        ("--secrets-provider", wanted.secrets_provider, SECRETS),
    ):
        scheme = value.partition("://")[0] + "://" if "://" in value else value
        if value and scheme not in known:
            text = f"begins with none of {', '.join(known)}"
            problems.append(Problem(flag, text, value=value, suggestion=closest(scheme, known)))
    if not problems and (odd := _odd(wanted.backend)):
        problems.append(Problem("--backend", odd, value=wanted.backend))
    if problems:
        raise SpecError(problems, code=USAGE)


def _odd(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        urlsplit(url)
    except ValueError as error:
        return f"is no address: {error}"
    return ""


def program_in(folder: Path) -> Path | None:
    """The folder, where it has a program."""
    return folder if _has_project(folder) else None


def _has_project(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _FILES)


def _cloud(name: str) -> Cloud:
    from tradewind.errors import Problem, SpecError
    from tradewind.infra.arguments import CLOUDS
    from tradewind.spec.suggest import closest

    if name not in CLOUDS:
        said = f"no ground is made there: one of {', '.join(CLOUDS)}"
        raise SpecError([Problem("--provider", said, value=name, suggestion=closest(name, CLOUDS))], code=USAGE)
    return name


def _environ(spec: Spec | None) -> dict[str, str]:
    """What the spec says about signing in, for the cloud's plug-in too."""
    profile = getattr(spec.block("aws"), "profile", None) if spec and spec.provider == "aws" else None
    return {"AWS_PROFILE": str(profile)} if profile else {}


def valid(config: Mapping[str, str], stack: str) -> None:
    """Told before anything is started; the program would say the same later, and elsewhere."""
    from tradewind.errors import SpecError
    from tradewind.infra import config as stacks

    own = {key.removeprefix("tradewind:"): v for key, v in config.items() if ":" not in key.removeprefix("tradewind:")}
    try:
        stacks.arguments(own, stack)
    except SpecError as error:
        hint = "Say it with -c KEY=VALUE, or in the provider's block of deploy.yaml."
        raise SpecError(error.problems, code=error.code, hint=hint) from None
