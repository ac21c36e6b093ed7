"""deploy.lock: what a spec resolved to, pinned per environment and provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tradewind.engine import digests, grounds, refuse, runtime
from tradewind.engine.open import Work, open_session
from tradewind.engine.resolve import Pinned, Resolved, Resolver
from tradewind.engine.results import Change, LockResult, Refusal
from tradewind.engine.session import Session
from tradewind.engine.workload import Use
from tradewind.errors import ProviderError, SpecError, StorageError
from tradewind.spec.lock import NAME, DeployLock, LockedPart, LockedTarget
from tradewind.values import Container, Machine

STALE = "TW055"


@dataclass(frozen=True)
class Pins:
    """deploy.lock as it was read, for one spec. `pinned` is what resolving should honour: nothing with `--upgrade`.

    A rehearsal honours the pins of what it rehearses and leaves none.
    """

    work: Work
    provider: str
    target: LockedTarget | None
    pinned: Mapping[str, Pinned]
    moved_from: str

    def refusals(self, resolved: Resolved) -> tuple[Refusal, ...]:
        """With --locked: that deploy.lock would change."""
        changes = self.changes(resolved) if self.work.locked else ()
        if not changes:
            return ()
        paths = ", ".join(change.path for change in changes)
        said = f"{NAME} has nothing for {self.work.environment} on {self.provider}" if self.target is None else (
            f"{NAME} would change, and --locked keeps it as it is: {paths}"
        )  # fmt: skip
        return (Refusal(code=STALE, path=NAME, message=said, allow="run `deploy lock` and commit the file"),)

    def changes(self, resolved: Resolved) -> tuple[Change, ...]:
        before, after = _flat(self.target), _flat(self._next(resolved))
        return tuple(
            Change(path=path, before=before.get(path, ""), after=after.get(path, ""))
            for path in sorted({*before, *after})
            if before.get(path) != after.get(path)
        )

    def write(self, resolved: Resolved, *, served: bool = False) -> Path | None:
        """The file's path where it changed. `served`: this provider is the one that serves now. SpecError TW022."""
        if self.work.locked or self.work.rehearses:
            return None
        environment = self.work.environment
        lock = DeployLock.read(self.work.root)  # anew: another environment may have been written meanwhile
        lock = lock.with_target(environment, self.provider, self._next(resolved))
        if served:
            lock = lock.with_last_provider(environment, self.provider)
        return self.work.root / NAME if lock.write(self.work.root) else None

    def _next(self, resolved: Resolved) -> LockedTarget:
        """What the file should say. Our own runtime's version stays until an upgrade: it changes no deployment by itself."""
        kept, ground = self.target or LockedTarget(), resolved.foundation
        train, serve = resolved.train, resolved.serve
        inputs = (
            dict(zip(train.run.inputs, (item.artifact.digest for item in train.inputs), strict=True)) if train else {}
        )
        trainer = train.run.container if train else None
        server = serve.version.container if serve else None
        return kept.model_copy(
            update={
                "region": kept.region if self.work.rehearses or ground is None else ground.region or None,
                "runtime": runtime.own_version() if self.work.upgrade or kept.runtime is None else kept.runtime,
                "catalogue": resolved.catalogue or kept.catalogue,
                "train": _part(resolved, trainer, "train") if trainer else kept.train,
                "serve": _part(resolved, server, "serve") if server else kept.serve,
                "inputs": inputs if train else kept.inputs,
            }
        )


def load(work: Work) -> Pins:
    """Raises SpecError TW020 for a file that is no lock, TW021 for a newer tradewind's."""
    lock, provider = DeployLock.read(work.root), work.provider_info.name
    target = lock.target(work.environment, provider)
    last = None if work.rehearses else lock.last_provider(work.environment)
    pinned = {}
    if target is not None and not work.upgrade:
        pinned = {use: _pinned(part) for use, part in (("train", target.train), ("serve", target.serve)) if part}
    return Pins(work, provider, target, pinned, last if last and last != provider else "")


def refresh(work: Work) -> LockResult:
    """Resolve and write deploy.lock. With `work.upgrade` every pin is renewed, else only what is missing is added.

    With `work.locked` nothing is written and RefusedError says what differs.
    """
    from tradewind.engine.runs import find_model  # most who read pins look for no run

    info, held, session = work.provider_info, load(work), _session(work)
    resolved = Resolver(work, info, work.foundation, session, held.pinned, find_model).resolve()
    blocked = tuple(Refusal(code=b.code, path=b.path, message=b.message) for b in resolved.blockers)
    if refused := (*blocked, *held.refusals(resolved)):
        raise refuse.refused(refused)
    changes = held.changes(resolved)
    written = held.write(resolved)
    return LockResult(path=str(work.root / NAME), changed=written is not None, changes=changes)


def forget(work: Work) -> None:
    """After `down`: this provider serves the environment no more, so moving away from it leaves nothing that bills."""
    lock = DeployLock.read(work.root)
    if lock.last_provider(work.environment) == work.provider_info.name and not (work.locked or work.rehearses):
        lock.with_last_provider(work.environment, None).write(work.root)


def _session(work: Work) -> Session | None:
    """Only to list data that lies elsewhere; who cannot look pins the rest."""
    try:
        return open_session(work)
    except (ProviderError, StorageError):
        return None
    except SpecError as error:
        if error.code != grounds.NO_GROUND:
            raise
        return None


def _pinned(part: LockedPart) -> Pinned:
    machine = None
    if part.machine is not None:
        machine = Machine(part.machine, part.cpus or 0, part.memory_gib or 0, part.gpu, part.gpus or 0)
    return Pinned(part.need or "", machine, part.image)


def _part(resolved: Resolved, container: Container, use: Use) -> LockedPart:
    """A machine of a cloud is kept with its shape; this machine is another one on every desk."""
    machine, need = container.machine, resolved.needs[use]
    if resolved.info.free:
        return LockedPart(machine=machine.id, image=container.image or None, need=need)
    return LockedPart(
        machine=machine.id,
        image=container.image or None,
        need=need,
        cpus=machine.cpus,
        memory_gib=machine.memory_gib,
        gpu=machine.gpu,
        gpus=machine.gpus or None,
    )


def _flat(target: LockedTarget | None) -> dict[str, str]:
    if target is None:
        return {}
    said = target.model_dump(exclude_none=True, exclude={"foundation"})
    return {path: str(value) for path, value in digests.flat(said).items()}
