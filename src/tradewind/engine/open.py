"""Open a target: from a spec or from an identity to a connected session. The only place that asks the registry."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tradewind.engine.clock import Clock, Stop
from tradewind.engine.session import Report, Session
from tradewind.providers.base import Info
from tradewind.spec.models import Spec
from tradewind.values import Foundation


@dataclass(frozen=True)
class Work:
    """What is asked for: one spec, already overlaid with its environment, and where its files lie.

    `file` is the path of deploy.yaml; deploy.lock lies beside it and paths in the spec are relative to its folder.
    `locked` refuses to resolve anew, `upgrade` renews every pin. `info` stands in for the registry (tests, plug-ins).
    """

    spec: Spec
    file: Path
    environment: str = "default"
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    locked: bool = False
    upgrade: bool = False
    info: Info | None = None

    @property
    def root(self) -> Path:
        return self.file.parent


@dataclass(frozen=True)
class Agreed:
    """Answers that were given beforehand, by flags or at the prompt. Whoever calls `up` has agreed to create and change in place.

    accept: paths of losses (--accept) · replace (--allow-replace) · delete (--allow-delete) ·
    unprotect: endpoint, project or environment by name (--unprotect) · release: forget the hold on this digest (--release-hold).
    """

    accept: frozenset[str] = frozenset()
    replace: bool = False
    delete: bool = False
    unprotect: frozenset[str] = frozenset()
    release: bool = False


LOCK_TIMEOUT = timedelta(minutes=10)


def open_session(
    work: Work, *, report: Report | None = None, stop: Stop | None = None, clock: Clock | None = None
) -> Session:
    """Connect to the spec's provider and open its store.

    Raises SpecError (unknown provider, no foundation), ProviderError (not signed in, SDK absent), StorageError.
    """
    raise NotImplementedError


def open_by_name(
    name: str,
    provider: str,
    *,
    environment: str = "default",
    region: str = "",
    foundation: Foundation | None = None,
    folder: Path | None = None,
    info: Info | None = None,
    report: Report | None = None,
    stop: Stop | None = None,
    clock: Clock | None = None,
) -> Session:
    """Without a spec: `name` is a project's, or an endpoint's as the cloud knows it.

    The ground comes from `foundation`, else from the provider (local), else from a deploy.lock in `folder`.
    Raises SpecError where the ground cannot be known.
    """
    raise NotImplementedError
