"""Open a target: from a spec or from an identity to a connected session. The only place that asks the registry."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ValidationError

from tradewind.cost import book
from tradewind.cost.book import Book
from tradewind.engine import effects, grounds, names
from tradewind.engine.clock import Clock, Stop, SystemClock
from tradewind.engine.session import OWNER, Identity, Report, Session
from tradewind.errors import Problem, ProviderError, SpecError
from tradewind.providers import registry
from tradewind.providers.base import Info, PlansOnly
from tradewind.spec.models import Spec
from tradewind.storage.opening import open_store
from tradewind.values import Foundation

LOCK_TIMEOUT = timedelta(minutes=10)


@dataclass(frozen=True)
class Work:
    """What is asked for: one spec, already overlaid with its environment, and where its files lie.

    `file` is the path of deploy.yaml; deploy.lock lies beside it and paths in the spec are relative to its folder.
    `locked` refuses to resolve anew, `upgrade` renews every pin. `info` stands in for the registry (tests, programs).
    `target` is how a command line said all this, for the commands told to try next; None where there was none.
    `ground` stands in for the foundation that the spec names: a rehearsal, on an emulated account. deploy.lock is obeyed then,
    so that what is rehearsed is what will run, and never written. `stacks` reads the outputs of a stack by its name and the
    spec's folder, for `foundation: {stack: NAME}` of which nothing was published; None where it cannot be looked at.
    """

    spec: Spec
    file: Path
    environment: str = "default"
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    locked: bool = False
    upgrade: bool = False
    info: Info | None = None
    target: tuple[str, ...] | None = None
    ground: Foundation | None = None
    stacks: Callable[[str, Path], Foundation | None] | None = field(default=None, repr=False)

    @property
    def root(self) -> Path:
        return self.file.absolute().parent

    @property
    def settings(self) -> BaseModel | None:
        """The per-cloud block of deploy.yaml for the spec's provider."""
        return self.spec.block(self.provider_info.name)

    @cached_property
    def provider_info(self) -> Info:
        """SpecError for a provider nobody knows; ProviderError where its libraries are not installed."""
        return self.info or registry.info(self.spec.provider)

    @property
    def foundation(self) -> Foundation | None:
        """Where the environment stands, where that is known without looking. SpecError for a file that is none."""
        where = (self.spec, self.provider_info, self.settings, self.environment, self.root)
        return self.ground or grounds.find(*where, stacks=self.stacks)

    @cached_property
    def book(self) -> Book:
        """What this team pays. SpecError where its own price file is wrong."""
        return book.opened(self.spec.prices, self.root)

    @property
    def rehearses(self) -> bool:
        return self.ground is not None


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


def open_session(
    work: Work, *, report: Report | None = None, stop: Stop | None = None, clock: Clock | None = None
) -> Session:
    """Connect to the spec's provider and open its store.

    Raises SpecError (unknown provider, no foundation), ProviderError (not signed in, SDK absent), StorageError.
    """
    info, foundation = work.provider_info, work.foundation
    unless_plans_only(info)  # told before a ground that would help nobody is asked for
    if foundation is None:
        elsewhere = grounds.elsewhere(work.spec, info, work.settings, work.environment, work.root)
        stack = (work.spec.foundation.stack if work.spec.foundation else None) or ""
        raise grounds.unknown(info, work.environment, elsewhere, stack)
    identity = identity_of(work, foundation)
    return replace(_connect(identity, info, work.settings, foundation, report, stop, clock), book=work.book)


def unless_plans_only(info: Info) -> None:
    """Raises SpecError TW063 for a target that this version does not connect to."""
    if isinstance(info, PlansOnly):
        raise info.plans_only()


def identity_of(work: Work, foundation: Foundation | None) -> Identity:
    """Who a spec is about, on its provider."""
    me = owner(work.environ)
    return Identity(
        project=work.spec.name,
        environment=work.environment,
        provider=work.provider_info.name,
        region=(foundation.region if foundation else "") or _region(work.settings),
        owner=me,
        labels=tuple(sorted({OWNER: me, **work.spec.tags}.items())),
    )


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
    for said, path in ((name, "name"), (environment, "--env")):
        if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", said) is None:
            problem = Problem(path, f"{said!r} is no name of a project, an endpoint or an environment", value=said)
            raise SpecError([problem], code="TW059", hint="`deploy endpoint list` shows what there is")
    info = info or registry.info(provider)
    unless_plans_only(info)
    settings = settings_of(info, region)

    def ground(project: str, where: str) -> Foundation:
        found = foundation or info.foundation(settings, project, where) or grounds.locked(folder, info.name, where)
        if found is None:
            raise grounds.unknown(info, where)
        return found

    def session(project: str, where: str) -> Session:
        known = ground(project, where)
        me = owner(os.environ)
        identity = Identity(project, where, info.name, known.region or region, me, ((OWNER, me),))
        return _connect(identity, info, settings, known, report, stop, clock)

    first = session(name, environment)
    own = names.endpoint_name(first.identity, info.traits)
    if own == name or _tags_of(first, own) is not None:
        return first
    tags = _tags_of(first, name) or {}
    project, where = tags.get("tradewind-project"), tags.get("tradewind-environment")
    meant = environment in ("default", where)  # an environment that was said is not overruled by another one's endpoint
    return session(project, where) if project and where and meant else first


def owner(environ: Mapping[str, str]) -> str:
    """Who we are, for people who find our things: a CI's actor, else the user's name."""
    said = environ.get("TRADEWIND_OWNER") or environ.get("GITHUB_ACTOR")
    if said:
        return said
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return f"uid-{os.getuid()}"


def _connect(
    identity: Identity,
    info: Info,
    settings: BaseModel | None,
    foundation: Foundation,
    report: Report | None,
    stop: Stop | None,
    clock: Clock | None,
) -> Session:
    root = foundation.root.rstrip("/")
    session = Session(
        identity=identity,
        info=info,
        provider=info.connect(settings, foundation),
        foundation=foundation,
        store=open_store(f"{root}/{identity.project}/{identity.environment}", settings),
        clock=clock or SystemClock(),
        stop=stop or Stop(),
        settings=settings,
    )
    if report is not None:
        session = replace(session, report=report)
    return effects.through(session, effects.from_environment(os.environ))


def _tags_of(session: Session, endpoint: str) -> Mapping[str, str] | None:
    """The tags of an endpoint that the cloud knows by this very name; None where there is none, or can be none."""
    try:
        seen = session.provider.server().observe(endpoint)
    except ProviderError as error:
        if error.kind not in ("invalid", "missing"):
            raise
        return None
    return None if seen is None else seen.tags


def _region(settings: BaseModel | None) -> str:
    said = getattr(settings, "region", None)
    return said if isinstance(said, str) else ""


def settings_of(info: Info, region: str) -> BaseModel | None:
    """The provider's block with nothing but a region; None where none is said. Raises SpecError."""
    if not region:
        return None
    try:
        return info.settings.model_validate({"region": region})
    except ValidationError as error:
        said = f"{info.title} cannot be told a region alone: {error.errors()[0]['msg']}"
        raise SpecError([Problem("--region", said, value=region)], code="TW043") from None
