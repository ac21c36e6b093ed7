"""Where a stack is: whose program, which configuration, what backend keeps its state and who encrypts its secrets."""

from __future__ import annotations

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
        """The folder of Pulumi.yaml and of the stacks' files, which hold the salt of encrypted secrets."""
        return self.folder or self.settings or home() / "infra" / PROJECT


def state() -> Path:
    return home() / "infra" / "state"


def keeps_state(folder: Path | None) -> bool:
    """Whether there is a backend that may hold stacks: one that was said, or ours once it was used."""
    said = os.environ.get("PULUMI_BACKEND_URL") or _in_project(folder) or _logged_in()
    return bool(said) or state().is_dir()


def backend(place: Place) -> str:
    """What was said: for this command, by PULUMI_BACKEND_URL, in Pulumi.yaml, by `pulumi login`; else a folder of ours."""
    said = place.backend or {**os.environ, **place.environ}.get("PULUMI_BACKEND_URL", "")
    said = said or _in_project(place.folder) or _logged_in()
    if said:
        return said
    state().mkdir(parents=True, exist_ok=True, mode=0o700)
    return state().as_uri()


def variables(place: Place) -> tuple[dict[str, str], bool]:
    """For Pulumi's process, and whether a passphrase was made for it now. Its value is in no variable: only its file's name."""
    where = backend(place)
    found = {"PULUMI_BACKEND_URL": where, **place.environ}
    if where.startswith("file://"):
        on_disk(where, place.work).mkdir(parents=True, exist_ok=True, mode=0o700)
    if place.secrets_provider not in ("", "passphrase", "default") or passphrase.given({**os.environ, **found}):
        return found, False
    new = passphrase.made()
    return {**found, "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase.path())}, new


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
    folder = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    try:
        return str(json.loads((folder / "credentials.json").read_text())["current"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
