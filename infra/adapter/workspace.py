"""Where a stack is: whose program, which configuration, what backend keeps its state and who encrypts its secrets."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tradewind.home import home
from tradewind.infra.adapter import files, passphrase

PROJECT = "tradewind"
INFRA = "deploy infra"
SERVICE = "https://api.pulumi.com"
# Pulumi runs in the stack's folder; what they name is relative to where the user is.
_PATHS = (
    "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_HOME", "PULUMI_CREDENTIALS_PATH", "GOOGLE_APPLICATION_CREDENTIALS",
    "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AZURE_FEDERATED_TOKEN_FILE",
)  # fmt: skip
_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")


@dataclass(frozen=True)
class Place:
    """`folder` has a Pulumi.yaml, whose program runs; None: `program` runs in this process (tradewind's own if None)."""

    stack: str
    folder: Path | None = None
    config: Mapping[str, str] = field(default_factory=dict)  # "region" or "aws:region" -> text
    backend: str = ""  # "": as Pulumi was told, else file:// in tradewind's home
    secrets_provider: str = ""  # passphrase, awskms://..., gcpkms://..., azurekeyvault://...
    environ: Mapping[str, str] = field(default_factory=dict)
    program: Callable[[], None] | None = None
    of_spec: frozenset[str] | None = None  # keys of `config` that deploy.yaml gave; None: there is no deploy.yaml
    settings: Path | None = None  # where an inline program's stack files are kept; None: in tradewind's home
    defaults: Mapping[str, str] = field(default_factory=dict)  # as `config`, where the stack keeps no other
    again: Callable[[str], str] = field(default=lambda verb: f"{INFRA} {verb}", compare=False, repr=False)

    @property
    def work(self) -> Path:
        """The folder of Pulumi.yaml and of the stacks' files, which hold the salt of encrypted secrets.

        One for each backend: two of them may have a stack of the same name.
        """
        return self.folder or self.settings or home() / "infra" / f"{PROJECT}{_mark(said(self))}"


def state() -> Path:
    return home() / "infra" / "state"


def keeps_state(folder: Path | None) -> bool:
    """Whether there is a backend that may hold stacks: one that was said, or ours once it was used."""
    return bool(said(Place("", folder))) or state().is_dir()


def said(place: Place) -> str:
    """For this command, by PULUMI_BACKEND_URL, in Pulumi.yaml, by `pulumi login` or a token of Pulumi's service; "" by nobody."""
    here = place.backend or {**os.environ, **place.environ}.get("PULUMI_BACKEND_URL", "")
    return (here if place.folder else _absolute(here)) or _in_project(place.folder) or _logged_in()


def backend(place: Place) -> str:
    """What was said, else a folder of ours."""
    if there := said(place):
        return there
    state().mkdir(parents=True, exist_ok=True, mode=0o700)
    return state().as_uri()


def _absolute(url: str) -> str:
    """Said without a project, a folder is below where that was typed; with one Pulumi reads it from the project's folder."""
    if not url.startswith("file://"):
        return url
    path, query, rest = url.removeprefix("file://").partition("?")
    return f"file://{Path.cwd() / Path(path).expanduser()}{query}{rest}"


def _mark(backend: str) -> str:
    if backend in ("", state().as_uri()):
        return ""
    return "-" + hashlib.sha256(backend.encode()).hexdigest()[:10]


def variables(place: Place) -> tuple[dict[str, str], bool]:
    """For Pulumi's process, and whether a passphrase was made for it now. Its value is in no variable: only its file's name."""
    where = backend(place)
    found = {**_paths(), **place.environ, "PULUMI_BACKEND_URL": where}
    if where.startswith("file://"):
        on_disk(where, place.work).mkdir(parents=True, exist_ok=True, mode=0o700)
    if place.secrets_provider not in ("", "passphrase", "default") or passphrase.given({**os.environ, **found}):
        return found, False
    new = passphrase.made()
    return {**found, "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase.path())}, new


def _paths() -> dict[str, str]:
    known = {name: os.environ.get(name) for name in _PATHS}
    return {name: str(Path.cwd() / Path(it).expanduser()) for name, it in known.items() if it}


def project_file(folder: Path) -> Path | None:
    return next((it for name in _PROJECT_FILES if (it := folder / name).is_file()), None)


def on_disk(backend: str, base: Path) -> Path:
    """Of a file:// backend; `base` is what `file://.` is relative to, as it is for Pulumi."""
    parts = urlsplit(backend)
    path = Path(unquote(f"{parts.netloc}{parts.path}")).expanduser()
    return path if path.is_absolute() else base / path


def _in_project(folder: Path | None) -> str:
    path = project_file(folder) if folder else None
    return str(files.table(path, "backend").get("url") or "") if path else ""


def _logged_in() -> str:
    """Where neither is a login, a token signs in to the service (pkg/workspace, CurrentProject's credentials)."""
    folder = os.environ.get("PULUMI_CREDENTIALS_PATH") or os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi"
    try:
        return str(json.loads((Path(folder) / "credentials.json").read_text())["current"])
    except (OSError, ValueError, KeyError, TypeError):
        token = os.environ.get("PULUMI_ACCESS_TOKEN")
        return (os.environ.get("PULUMI_API") or SERVICE) if token else ""
