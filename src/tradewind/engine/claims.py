"""Claims: `runs/<digest>/<attempt>.json`, made by put-if-absent before a job is submitted, so that many runs are one.

Beside a claim lies what came of it (`<attempt>.end.json`), and who took it over when its owner died (`<attempt>.by-<n>.json`).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from tradewind.engine import digests, names, processes
from tradewind.engine.ledger import Seen
from tradewind.engine.packs import Pack
from tradewind.engine.patient import Patient
from tradewind.engine.processes import Process
from tradewind.engine.session import Session
from tradewind.errors import EXIT_OF_KIND, ProviderKind, StorageError
from tradewind.storage.base import Entry
from tradewind.values import JobStatus

PREFIX = "runs/"
ADOPT_AFTER = timedelta(seconds=60)
KEY = re.compile(r"runs/(?P<digest>[^/]+)/(?P<number>\d+)(?P<tail>|\.end|\.by-(?P<by>\d+))\.json")
Outcome = Literal["", "succeeded", "failed", "stopped"]
CLAIMED = ("digest", "name", "owner", "host", "pid")
OUTCOMES: tuple[Outcome, ...] = ("succeeded", "failed", "stopped")


@dataclass(frozen=True)
class Refused:
    """Why a job never started: the kind of the target's refusal, its code, and what can be done."""

    kind: ProviderKind
    code: str
    hint: str = ""


@dataclass(frozen=True)
class Attempt:
    """One attempt at computing `digest`. `outcome` "" means that it has not ended, as far as the store knows."""

    digest: str
    number: int  # from 1
    name: str  # of the job: names.job_name
    owner: str
    host: str
    pid: int
    since: datetime  # by the store's clock: of the claim, or of the latest take-over
    mine: bool = False  # this call may submit it
    outcome: Outcome = ""
    model: str | None = None
    reason: str = ""
    ended: datetime | None = None
    takeovers: int = 0
    how: JobStatus | None = None  # as the target told it at its end; None where nobody asked, or it has not ended
    refused: Refused | None = None  # it ended where it was submitted: the target never had such a job
    seen: Seen | None = None  # the price at the claim; None in claims of tools that did not keep it


def claim(session: Session, digest: str, *, again: bool = True, seen: Seen | None = None) -> Attempt:
    """The attempt to work on: a succeeded one, else the one still open (not `mine`: attach to it), else a new one (`mine`).

    After an attempt that failed or was stopped the next number is claimed; with `again=False` that attempt is returned instead.
    `seen` is what the run costs, kept with a new claim: nobody may follow the job to its end.
    Raises StorageError.
    """
    while True:
        made = attempts(session, digest)
        if (found := next((one for one in made if one.outcome == "succeeded"), None)) is not None:
            return found
        if made and (not made[-1].outcome or not again):
            return made[-1]
        number = made[-1].number + 1 if made else 1
        if (mine := _write_claim(session, digest, number, _key(digest, number), seen)) is not None:
            return mine


def may_submit(session: Session, attempt: Attempt, *, after: timedelta = ADOPT_AFTER) -> bool:
    """Whether this process may call `Trainer.ensure` for a job that is not there.

    True for the claimer; for all where submitting is atomic; else for one that takes over from an owner that is dead on this
    machine, or that has claimed `after` ago without submitting. Ask again after a while when False.
    """
    if attempt.mine or session.info.traits.atomic_submit:
        return True
    latest = next((one for one in attempts(session, attempt.digest) if one.number == attempt.number), attempt)
    if latest.outcome or not (_dead(session, latest) or Patient(session).now() - latest.since > after):
        return False
    key = _key(latest.digest, latest.number, f".by-{latest.takeovers + 1}")
    return _write_claim(session, latest.digest, latest.number, key, latest.seen) is not None


def finish(
    session: Session,
    attempt: Attempt,
    outcome: Outcome,
    *,
    model: str | None = None,
    reason: str = "",
    how: JobStatus | None = None,
    refused: Refused | None = None,
) -> Attempt:
    """Write down what came of it, once; returns what the store holds, which may be an earlier word than this one."""
    if not outcome:
        raise ValueError("an attempt ends as succeeded, failed or stopped")
    said = {
        "schema": "tradewind/run-end/1",
        "outcome": outcome,
        "model": model,
        "reason": reason,
        "ended": Patient(session).now().isoformat(),
        # as claimed, so that whoever reads this need not read the claim too
        "claim": {name: getattr(attempt, name) for name in CLAIMED} | _kept(attempt.seen),
        "how": None if how is None else _dump(how),
        "refused": None if refused is None else asdict(refused),
    }
    key, data = _key(attempt.digest, attempt.number, ".end"), json.dumps(said, ensure_ascii=False).encode()
    Patient(session).put_if_absent(key, data)
    return _with_end(attempt, _json(session, key))


def attempts(session: Session, digest: str) -> tuple[Attempt, ...]:
    """All attempts at one digest, in order. Damaged objects still count as attempts, with an unknown owner."""
    return _read(session, Patient(session).list(f"{PREFIX}{digests.hexed(digest)}/"))


def every(session: Session) -> tuple[Attempt, ...]:
    """All attempts of all runs, by time of their claim, oldest first."""
    return tuple(sorted(_read(session, Patient(session).list(PREFIX)), key=lambda one: (one.since, one.number)))


def pack(session: Session) -> None:
    """Keep all of them in one object, for those who will list them."""
    made = Pack(Patient(session), "runs")
    _read(session, Patient(session).list(PREFIX), made)
    made.write()


def _key(digest: str, number: int, tail: str = "") -> str:
    return f"{PREFIX}{digests.hexed(digest)}/{number:04d}{tail}.json"


def _write_claim(session: Session, digest: str, number: int, key: str, seen: Seen | None) -> Attempt | None:
    process = processes.me()
    said = {
        "schema": "tradewind/claim/1",
        "digest": digest,
        "name": names.job_name(session.identity, digest, number, session.info.traits),
        "owner": session.identity.owner or processes.user(),
        "host": process.host,
        "machine": process.machine,
        "pid": process.pid,
        "started": process.started,
        "token": uuid.uuid4().hex,  # two writers' objects must differ
    } | _kept(seen)
    data = json.dumps(said, ensure_ascii=False).encode()
    put = Patient(session).put_if_absent(key, data)
    if put is None and _json(session, key) != said:  # an answer that was lost leaves our own words there
        return None
    since = put.modified if put else Patient(session).now()
    name, owner = str(said["name"]), str(said["owner"])
    return Attempt(digest, number, name, owner, process.host, process.pid, since, mine=True, seen=seen)


def _kept(seen: Seen | None) -> dict[str, Any]:
    return {} if seen is None else {"seen": asdict(seen)}


@dataclass
class _Found:
    """What a listing shows of one attempt."""

    claim: Entry | None = None
    end: Entry | None = None
    takeovers: list[tuple[int, Entry]] = field(default_factory=list)

    @property
    def latest(self) -> Entry | None:
        """Whose it is: the claim, or the last that took it over."""
        return max(self.takeovers, key=lambda one: one[0])[1] if self.takeovers else self.claim


def _read(session: Session, listing: Iterable[Entry], pack: Pack | None = None) -> tuple[Attempt, ...]:
    found: dict[tuple[str, int], _Found] = {}
    for entry in listing:
        if (match := KEY.fullmatch(entry.key)) is None:
            continue
        one = found.setdefault((match["digest"], int(match["number"])), _Found())
        if match["tail"] == ".end":
            one.end = entry
        elif match["by"]:
            one.takeovers.append((int(match["by"]), entry))
        else:
            one.claim = entry
    claimed = {of: one for of, one in sorted(found.items()) if one.claim is not None}
    pack = pack or Pack(Patient(session), "runs")
    bodies = pack.get([telling for one in claimed.values() if (telling := one.end or one.latest) is not None])
    said = {key: _object(data) for key, data in bodies.items()}
    # An end that does not say whose it was is damaged, or an older tradewind's.
    mute = [one for one in claimed.values() if one.end and not isinstance(said.get(one.end.key, {}).get("claim"), dict)]
    said |= {key: _object(data) for key, data in pack.get([one.latest for one in mute if one.latest]).items()}
    return tuple(_told(session, of, one, said) for of, one in claimed.items())


def _told(session: Session, of: tuple[str, int], found: _Found, said: dict[str, dict[str, Any]]) -> Attempt:
    end = said.get(found.end.key, {}) if found.end else {}
    latest = found.latest
    assert latest is not None  # asked for only where there is a claim
    claim = end["claim"] if isinstance(end.get("claim"), dict) else said.get(latest.key, {})
    attempt = replace(_attempt(session, of, claim, latest.modified), takeovers=len(found.takeovers))
    return _with_end(attempt, end) if found.end else attempt


def _attempt(session: Session, of: tuple[str, int], said: dict[str, Any], since: datetime) -> Attempt:
    # The digest and the name can be told from the key, so a damaged claim is still an attempt.
    digest = str(said.get("digest") or f"sha256:{of[0]}")
    name = said.get("name") or names.job_name(session.identity, digest, of[1], session.info.traits)
    pid = said.get("pid")
    owner, host = str(said.get("owner", "")), str(said.get("host", ""))
    process = pid if isinstance(pid, int) else 0
    return Attempt(digest, of[1], str(name), owner, host, process, since, seen=_price(said.get("seen")))


def _price(said: Any) -> Seen | None:
    try:
        return None if said is None else TypeAdapter(Seen).validate_python(said)
    except ValidationError:
        return None  # damaged, or a newer tool's


def _with_end(attempt: Attempt, said: dict[str, Any]) -> Attempt:
    outcome = next((one for one in OUTCOMES if one == said.get("outcome")), None)
    if outcome is None:  # damaged: whether it succeeded is not known, so it is computed again
        return replace(attempt, outcome="failed", reason="what came of it cannot be read any more")
    model, reason, ended = said.get("model"), str(said.get("reason", "")), _time(said.get("ended"))
    model = model and str(model)
    told = replace(attempt, outcome=outcome, model=model, reason=reason, ended=ended, refused=_refused(said))
    how = said.get("how")
    return replace(told, how=_load(told, how)) if isinstance(how, dict) else told


def _refused(said: dict[str, Any]) -> Refused | None:
    found = said.get("refused")
    if not isinstance(found, dict) or found.get("kind") not in EXIT_OF_KIND:
        return None
    return Refused(found["kind"], str(found.get("code", "")), str(found.get("hint", "")))


def _dump(how: JobStatus) -> dict[str, Any]:
    return {
        "word": how.word,
        "reason": how.reason,
        "started": how.started.isoformat() if how.started else None,
        "ended": how.ended.isoformat() if how.ended else None,
        "billed": how.billed.total_seconds() if how.billed is not None else None,
    }


def _load(attempt: Attempt, said: dict[str, Any]) -> JobStatus:
    billed = said.get("billed")
    return JobStatus(
        attempt.outcome or "failed",
        str(said.get("word", "")),
        str(said.get("reason", "")),
        attempt.model,
        _time(said.get("started")),
        _time(said.get("ended")),
        timedelta(seconds=billed) if isinstance(billed, int | float) else None,
        digest=attempt.digest,
    )


def _time(said: Any) -> datetime | None:
    return datetime.fromisoformat(said) if isinstance(said, str) else None


def _dead(session: Session, attempt: Attempt) -> bool:
    tail = f".by-{attempt.takeovers}" if attempt.takeovers else ""
    said = _json(session, _key(attempt.digest, attempt.number, tail))
    if not isinstance(said.get("pid"), int):
        return False
    return processes.gone(
        Process(str(said.get("host")), str(said.get("machine", "")), said["pid"], str(said.get("started", "")))
    )


def _json(session: Session, key: str) -> dict[str, Any]:
    """What an object says; nothing where it is damaged or gone."""
    try:
        return _object(Patient(session).get(key))
    except StorageError as error:
        if error.kind != "missing":
            raise
        return {}


def _object(data: bytes) -> dict[str, Any]:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
