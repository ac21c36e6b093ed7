"""Observed × last applied × wanted → actions, refusals, cost. Pure: the same world gives the same plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tradewind.cost import rates
from tradewind.cost.lines import Estimate
from tradewind.engine import bill as bills
from tradewind.engine import costs, digests, documents, pricing
from tradewind.engine.bill import Bill
from tradewind.engine.digests import Plain
from tradewind.engine.open import Agreed
from tradewind.engine.resolve import NOWHERE, Resolved, ServePart
from tradewind.engine.results import Action, ActionKind, Change, LossDoc, Plan, Refusal, ReplicasDoc, RolloutDoc
from tradewind.engine.session import OWNER, Identity
from tradewind.engine.traffic import serving
from tradewind.providers.base import NativeRollout
from tradewind.spec.units import format_duration
from tradewind.values import Loss, Machine, Observed, Policy, Run, Seen, Version, Wanted

if TYPE_CHECKING:
    from tradewind.engine.claims import Attempt


@dataclass(frozen=True)
class World:
    """One look at all that a plan depends on. `why` says why nobody could look."""

    endpoint: str = ""
    why: str = ""
    observed: Observed | None = None
    applied: Version | None = None  # as last made true here, from the ledger
    tags: Mapping[str, str] = field(default_factory=dict)  # as last written on the endpoint
    held: str = ""  # why the wanted version is on hold
    computed: Attempt | None = None  # of the wanted run, where one has succeeded
    attempt: str = ""  # the job that computes it at this moment
    unfinished: str = ""  # a rollout that was begun and has no end
    run_facts: Mapping[str, Plain] = field(default_factory=dict)  # of the run applied last
    version_facts: Mapping[str, Plain] = field(default_factory=dict)  # of the version that serves
    versions: Mapping[str, Version] = field(default_factory=dict)  # by digest, as last applied, from the ledger
    learnt: tuple[timedelta, ...] = ()  # how long earlier runs took; empty where nobody asked
    seen_until: int = 0  # number of the newest entry of the ledger
    newer: bool = False  # a newer tradewind wrote the ledger: this one must not write
    native: NativeRollout | None = None  # the server, where it runs rollouts by itself
    moved_from: str = ""  # the provider that served this environment before


@dataclass(frozen=True)
class Decision:
    """The plan, and the values that `up` goes on with."""

    plan: Plan
    losses: tuple[Loss, ...]
    policy: Policy | None
    trains: bool
    serves: bool  # something is to be done to the endpoint
    money: Bill


def decide(
    resolved: Resolved, world: World, identity: Identity, agreed: Agreed, pins: Sequence[Refusal] = ()
) -> Decision:
    """What to do, and what stands in the way. `pins` are refusals of deploy.lock."""
    spec, info = resolved.spec, resolved.info
    policy = _policy(resolved, world)
    train, endpoint = _train(resolved, world), _endpoint(resolved, world, identity)
    actions = tuple(action for action in (train, *endpoint) if action is not None)
    active = tuple(action for action in actions if action.kind not in ("reuse", "nothing"))
    rolls = any(action.kind in ("create", "roll_out") for action in active)
    losses = _losses(resolved, world, identity, policy if rolls else None)
    accepted = frozenset(spec.accept.get(info.name, ())) | agreed.accept
    lost = documents.losses(losses, accepted)
    machine = resolved.serve.version.container.machine if resolved.serve else None
    trainer = resolved.train.run.container.machine if resolved.train else None
    serves = any(action.subject == "endpoint" for action in active)
    trains = any(action.kind == "train" for action in active)
    followed = _followed(world, policy) if policy else None
    money = bills.bill(resolved, world, trains=trains, rolls=rolls, changes=bool(active), policy=followed)
    plan = Plan(
        project=identity.project,
        environment=identity.environment,
        provider=info.name,
        title=info.title,
        region=identity.region or resolved.region,
        looked=not world.why,
        could_not_look=world.why,
        changes=bool(active),
        actions=actions,
        losses=lost,
        refusals=(*_refusals(resolved, world, identity, agreed, lost, active), *pins),
        blockers=_blockers(resolved, world, identity, lost, active),
        over_budget=costs.over_budget(resolved, money.run, _month(money) if serves else None, accepted),
        notes=(
            *_notes(resolved, world, policy if rolls else None),
            *pricing.strays(resolved),
            *bills.notes(money, limited=spec.budget is not None, accepted=accepted),
        ),
        endpoint=world.endpoint,
        run=resolved.train.digest if resolved.train else "",
        version=resolved.serve.digest if resolved.serve else "",
        machine=documents.machine(_fitting(machine or trainer)),
        train_machine=documents.machine(_fitting(trainer)),
        replicas=_replicas(resolved, world),
        rollout=_rollout(world, policy) if policy and rolls else None,
        cost=bills.document(money),
        needs_replace=any(action.how == "replace" for action in active),
        needs_delete=any(action.kind == "delete" for action in active),
    )
    return Decision(plan, losses, policy, trains=bool(train and train.kind == "train"), serves=serves, money=money)


def _fitting(machine: Machine | None) -> Machine | None:
    """None where nothing fits: that is no machine of 0 CPUs."""
    return None if machine == NOWHERE else machine


# ---- what to do


def _train(resolved: Resolved, world: World) -> Action | None:
    part = resolved.train
    if part is None:
        return None
    name = digests.short(part.digest)
    if world.computed is not None:
        return Action(kind="reuse", subject="run", name=name, reasons=("the same run has succeeded before",))
    changes = _changes(world.run_facts, part.facts)
    if world.attempt:
        reasons: tuple[str, ...] = (f"{world.attempt} is at it already: it is waited for",)
    elif changes:
        reasons = ("what it depends on changed",)
    else:
        reasons = ("no such run has succeeded yet",)
    after = pricing.of_resolved(resolved).run_rate(part.run)
    return Action(
        kind="train", subject="run", name=name, reasons=reasons, changes=changes, after=documents.price(after)
    )


def _endpoint(resolved: Resolved, world: World, identity: Identity) -> tuple[Action, ...]:
    part, seen = resolved.serve, world.observed
    if part is None:
        if seen is None:
            return ()
        before = documents.price(pricing.of_resolved(resolved).standing(seen, world.versions))
        gone = documents.price(rates.NOTHING)
        reason = "deploy.yaml no longer has `serve:`"
        return (
            Action(
                kind="delete", subject="endpoint", name=world.endpoint, reasons=(reason,), before=before, after=gone
            ),
        )
    prices = pricing.of_resolved(resolved)
    one = prices.replica_rate(part.version)
    priced = {
        "before": documents.price(prices.standing(seen, world.versions)),
        "after": documents.price(rates.times(one, prices.paid(part.version.min))),
    }
    if seen is None:
        reason = "nothing serves yet" if not world.why else "nobody could look; taken for not there"
        return (Action(kind="create", subject="endpoint", name=world.endpoint, reasons=(reason,), **priced),)
    kind, reasons, changes = _difference(part, world, seen, identity)
    if kind == "nothing":
        return (Action(kind="nothing", subject="endpoint", name=world.endpoint, reasons=reasons),)
    return (
        Action(
            kind=kind,
            subject="endpoint",
            name=world.endpoint,
            how="in place",
            reasons=reasons,
            changes=changes,
            **priced,
        ),
    )


def _difference(
    part: ServePart, world: World, seen: Observed, identity: Identity
) -> tuple[ActionKind, tuple[str, ...], tuple[Change, ...]]:
    current = serving(seen)
    if current is not None and current.digest != part.digest:
        changes = _changes(world.version_facts, part.facts)
        warm = next((v for v in seen.versions if v.digest == part.digest and v.ready), None)
        reason = "what it is made of changed" if changes else "another version serves"
        return "roll_out", ((f"{reason}; it stands ready in seat {warm.slot}" if warm else reason),), changes
    if world.unfinished:
        return "roll_out", (world.unfinished,), ()
    if current is None:
        return "roll_out", ("no version takes traffic",), ()
    if seen.traffic[current.slot] < 100:
        return "roll_out", (f"it takes {seen.traffic[current.slot]} % of the traffic so far",), ()
    if not current.ready:
        return "adjust", (current.reason or f"it does not answer ({current.word}): it is started again",), ()
    sizes = _resized(part.version, current, world.applied)
    if sizes:
        return "adjust", ("its size changes",), sizes
    if tags := _retagged(world.tags, identity.tags):
        return "adjust", ("its tags change",), tags
    return "nothing", ("the same version serves",), ()


def _resized(wanted: Version, current: Seen, applied: Version | None) -> tuple[Change, ...]:
    """Bounds are as observed; targets, which nobody shows, as last applied. How many run at this moment is no difference."""
    now: dict[str, Plain] = {"min": current.min, "max": current.max}
    want: dict[str, Plain] = {"min": wanted.min, "max": wanted.max}
    if applied is not None and applied.digest == current.digest:
        now |= _targets(applied)
        want |= _targets(wanted)
    return tuple(
        Change(path=f"serve.replicas.{key}", before=_say(now.get(key)), after=_say(want.get(key)))
        for key in dict.fromkeys((*now, *want))
        if now.get(key) != want.get(key)
    )


def _retagged(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    """Who ran the command last is no difference; nor is anything where the ledger says nothing."""
    names = sorted({*before, *after} - {OWNER}) if before else []
    return tuple(
        Change(path=f"tags.{name}", before=before.get(name, ""), after=after.get(name, ""))
        for name in names
        if before.get(name) != after.get(name)
    )


def _targets(version: Version) -> dict[str, Plain]:
    found: dict[str, Plain] = {"target.concurrency": version.target}
    found |= {f"target.{name}": value for name, value in version.scale_on.items()}
    if version.cooldown is not None:
        found["target.cooldown"] = version.cooldown.total_seconds()
    return found


def _changes(before: Mapping[str, Plain], after: Mapping[str, Plain]) -> tuple[Change, ...]:
    """What differs between two sets of facts; nothing where the earlier ones are not known."""
    if not before:
        return ()
    paths = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    return tuple(Change(path=path, before=_say(before.get(path)), after=_say(after.get(path))) for path in paths)


def _say(value: Plain) -> str:
    if value is None:
        return ""
    text = str(value)
    return digests.short(text) if text.startswith("sha256:") else text


# ---- what stands in the way


def _policy(resolved: Resolved, world: World) -> Policy | None:
    """The policy as it will be followed: a first version has nothing to be compared with."""
    if resolved.serve is None:
        return None
    if world.observed is None or not world.observed.versions:
        return replace(resolved.serve.policy, strategy="all_at_once", steps=())
    return resolved.serve.policy


def _rollout(world: World, policy: Policy) -> RolloutDoc:
    return documents.rollout(_followed(world, policy), policy, world.native is not None)


def _followed(world: World, policy: Policy) -> Policy:
    """The policy as the target will go about it."""
    return policy if world.native is None else world.native.native_policy(policy)


def _losses(resolved: Resolved, world: World, identity: Identity, policy: Policy | None) -> tuple[Loss, ...]:
    """All that the target cannot honour. A policy that was written down counts even where nothing rolls out; a default one,
    that an identical `up` would not follow, does not."""
    serve = resolved.spec.serve
    judged = resolved.serve.policy if resolved.serve and serve and serve.rollout is not None else policy
    run, want = wishes(resolved, world, identity)
    natively = _natively(world.native, judged) if world.native is not None and judged is not None else ()
    return tuple(dict.fromkeys((*resolved.info.losses(run, want, judged), *natively)))


def _natively(native: NativeRollout, policy: Policy) -> tuple[Loss, ...]:
    """What the target's own rollout cannot do; a probe goes to a version beside the old one, which there never stands."""
    losses = tuple(native.native_losses(policy))
    path = "serve.rollout.probe"
    if policy.probe is None or any(loss.path == path for loss in losses):
        return losses
    reason = "the target rolls out by itself, so a new version cannot be asked before it gets traffic"
    return (*losses, Loss(path, reason, "only the first version is probed; the target's own checks judge later ones"))


def wishes(resolved: Resolved, world: World, identity: Identity) -> tuple[Run | None, Wanted | None]:
    """The whole workload as a provider would get it, for its opinion: names and seats are not settled yet."""
    run = replace(resolved.train.run, name=world.attempt or "run", tags=identity.tags) if resolved.train else None
    if resolved.serve is None:
        return run, None
    version = replace(resolved.serve.version, slot="a")
    return run, Wanted(world.endpoint or "endpoint", (version,), {"a": 100}, {}, identity.tags)


def _refusals(
    resolved: Resolved,
    world: World,
    identity: Identity,
    agreed: Agreed,
    lost: Sequence[LossDoc],
    active: Sequence[Action],
) -> tuple[Refusal, ...]:
    found = [
        Refusal(code="TW048", path=loss.path, message=f"{loss.path}: {loss.reason}", allow=f"--accept {loss.path}")
        for loss in lost
        if not loss.accepted and not loss.fatal
    ]
    if world.held and not agreed.release and any(action.kind in ("create", "roll_out") for action in active):
        found.append(Refusal(code="TW050", message=f"this version is on hold: {world.held}", allow="--release-hold"))
    if active:
        found += [_missing(name) for name in resolved.missing_secrets]
    if any(action.how == "replace" for action in active) and not agreed.replace:
        found.append(Refusal(code="TW052", message="what stands would be replaced", allow="--allow-replace"))
    deleted = [action for action in active if action.kind == "delete"]
    if deleted and not agreed.delete:
        said = f"endpoint {world.endpoint} would be deleted: deploy.yaml has no `serve:`"
        found.append(Refusal(code="TW053", message=said, allow="--allow-delete"))
    if resolved.spec.protect and (deleted or any(action.how == "replace" for action in active)):
        found += protected(identity, world.endpoint, agreed)
    return tuple(found)


def protected(identity: Identity, endpoint: str, agreed: Agreed) -> tuple[Refusal, ...]:
    """The refusal of a protected environment, unless one of its names was said."""
    if agreed.unprotect & {identity.environment, identity.project, endpoint}:
        return ()
    said = f"environment {identity.environment} of {identity.project} is protected"
    return (Refusal(code="TW054", path="protect", message=said, allow=f"--unprotect {identity.environment}"),)


def _missing(name: str) -> Refusal:
    said = f"secret {name} has no value here"
    return Refusal(code="TW051", path="secrets", message=said, allow=f"set the environment variable {name}")


def _blockers(
    resolved: Resolved, world: World, identity: Identity, lost: Sequence[LossDoc], active: Sequence[Action]
) -> tuple[Refusal, ...]:
    found = [Refusal(code=b.code, path=b.path, message=b.message) for b in resolved.blockers]
    found += [
        Refusal(code="TW049", path=loss.path, message=f"{loss.path}: {loss.reason}")
        for loss in lost
        if loss.fatal and not any(b.path == loss.path for b in resolved.blockers)
    ]
    tags = world.observed.tags if world.observed else {}
    strange = {key: tags[key] for key, value in identity.scope.items() if key in tags and tags[key] != value}
    if strange:
        whose = " / ".join(tags.get(key, "?") for key in identity.scope)
        found.append(Refusal(code="TW056", path="name", message=f"endpoint {world.endpoint} was made for {whose}"))
    if world.newer and active:
        found.append(
            Refusal(code="TW512", message="a newer tradewind wrote this environment's ledger: upgrade to go on")
        )
    return tuple(found)


def _month(money: Bill) -> Estimate | None:
    return money.month.month if money.month else None


def _notes(resolved: Resolved, world: World, policy: Policy | None) -> tuple[str, ...]:
    found = list(resolved.notes)
    if world.why:
        found.append(f"could not look: {world.why}; nothing is taken to be there")
    if world.moved_from:
        found.append(
            f"{world.moved_from} served this environment before: its endpoint still bills there until "
            f"`deploy down --provider {world.moved_from}`"
        )
    if policy and policy.strategy == "all_at_once" and world.observed is None and not world.why:
        found.append("the first version takes all traffic at once, after its health and probe")
    elif policy and policy.strategy in ("canary", "linear"):
        # Natively no version stands beside the old one, where it could be asked.
        judges = "health and the probe" if world.native is None else "health"
        found.append(f"without traffic a new version is judged by its {judges} alone")
    if policy and world.native is not None and policy.min_requests > 1 and world.observed is not None:
        found.append(
            f"{resolved.info.title} does not wait for min_requests ({policy.min_requests}): a version that gets fewer is not "
            "judged by its answers, and takes over"
        )
    if policy and world.observed is not None and _said_bake(resolved) and _followed(world, policy).bake > policy.bake:
        before, after = format_duration(policy.bake), format_duration(_followed(world, policy).bake)
        found.append(f"bake {before} becomes {after}: {resolved.info.title} cannot judge a share in less")
    if resolved.spec.budget is not None and resolved.info.free:
        found.append("a budget has nothing to limit here: this target is free")
    if resolved.spec.protect:
        found.append("this environment is protected: `down` wants --unprotect")
    return tuple(found)


def _said_bake(resolved: Resolved) -> bool:
    """A default is never told as changed."""
    rollout = resolved.spec.serve.rollout if resolved.spec.serve else None
    return rollout is not None and "bake" in rollout.model_fields_set


def _replicas(resolved: Resolved, world: World) -> ReplicasDoc | None:
    if resolved.serve is None:
        return None
    version, current = resolved.serve.version, serving(world.observed)
    now = current.now if current else (None if world.why else 0)  # of what serves, whichever version that is
    return ReplicasDoc(min=version.min, max=version.max, now=now, target=version.target)
