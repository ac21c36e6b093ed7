"""From values to pieces of documents. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tradewind.cost import rates
from tradewind.cost.lines import Estimate
from tradewind.cost.span import Span
from tradewind.engine.results import (
    Amount,
    AskedDoc,
    CostLine,
    ErrorDoc,
    EventDoc,
    JobDoc,
    LossDoc,
    MachineDoc,
    Price,
    ProblemDoc,
    RolloutDoc,
)
from tradewind.errors import FailedError, SpecError, TradewindError
from tradewind.values import Event, JobStatus, Loss, Machine, Policy, Rate


def price(rate: Rate) -> Price:
    return Price(
        amount=None if rate.amount is None else float(rate.amount),
        currency=rate.currency,
        derived=rate.derived,
        source=rate.source,
        date=rate.date,
        text=rates.text(rate),
    )


def amount(value: Estimate) -> Amount:
    made = span(value.total, value.currency) or Amount(currency=value.currency)
    text = made.text
    if value.unknown and value.total is not None:
        text += f", and what is unknown: {'; '.join(value.unknown)}"
    return made.model_copy(update={"unknown": value.unknown, "text": text})


def span(value: Span | None, currency: str) -> Amount | None:
    if value is None:
        return None
    return Amount(
        low=float(value.low),
        expected=float(value.expected),
        high=float(value.high),
        currency=currency,
        text=rates.span_text(value, currency),
    )


def cost_lines(of: str, value: Estimate | None) -> Iterator[CostLine]:
    for line in value.lines if value else ():
        total = line.total
        yield CostLine(
            of=of,
            part=line.part,
            what=line.text,
            unit=line.unit,
            quantity_low=float(line.quantity.low),
            quantity_expected=float(line.quantity.expected),
            quantity_high=float(line.quantity.high),
            price=price(line.rate),
            price_low=float(line.price.low) if line.price else None,
            price_high=float(line.price.high) if line.price else None,
            low=float(total.low) if total else None,
            expected=float(total.expected) if total else None,
            high=float(total.high) if total else None,
            why=line.why,
            rule=line.rule,
        )


def machine(value: Machine | None) -> MachineDoc | None:
    if value is None:
        return None
    known = value.cpus or value.memory_gib or value.gpu
    return MachineDoc(
        id=value.id,
        cpus=value.cpus or None,
        memory_gib=value.memory_gib or None,
        gpu=value.gpu,
        gpus=value.gpus if known else None,
    )


def losses(found: Sequence[Loss], accepted: frozenset[str]) -> tuple[LossDoc, ...]:
    return tuple(
        LossDoc(
            path=loss.path,
            reason=loss.reason,
            instead=loss.instead,
            fatal=loss.fatal,
            accepted=not loss.fatal and loss.path in accepted,
        )
        for loss in found
    )


def rollout(policy: Policy, asked: Policy, native: bool) -> RolloutDoc:
    """`policy` as it will be followed."""
    changed = (policy.steps, policy.bake, policy.keep) != (asked.steps, asked.bake, asked.keep)
    return RolloutDoc(
        strategy=policy.strategy,
        steps=policy.steps,
        bake_seconds=policy.bake.total_seconds(),
        max_bake_seconds=policy.max_bake.total_seconds(),
        min_requests=policy.min_requests,
        keep_seconds=policy.keep.total_seconds(),
        native=native,
        asked=_asked(asked) if changed else None,
    )


def _asked(policy: Policy) -> AskedDoc:
    return AskedDoc(
        steps=policy.steps, bake_seconds=policy.bake.total_seconds(), keep_seconds=policy.keep.total_seconds()
    )


def job(name: str, status: JobStatus | None, *, run: str, attempt: int, owner: str = "") -> JobDoc:
    """A job that the target does not know (any more) has state `missing`."""
    if status is None:
        return JobDoc(name=name, run=run, attempt=attempt, state="missing", owner=owner)
    return JobDoc(
        name=name,
        run=run or status.digest,
        attempt=attempt,
        state=status.state,
        word=status.word,
        reason=status.reason,
        model=status.model,
        started=status.started,
        ended=status.ended,
        billed_seconds=None if status.billed is None else status.billed.total_seconds(),
        owner=owner,
    )


def event(value: Event) -> EventDoc:
    """An event as a line of NDJSON."""
    return EventDoc(time=value.time, kind=value.kind, subject=value.subject, text=value.text, data=dict(value.data))


def error(value: TradewindError) -> ErrorDoc:
    """A failed command as a document."""
    problems = value.problems if isinstance(value, SpecError) else ()
    return ErrorDoc(
        code=value.code,
        kind=value.kind,
        message=value.message,
        hint=value.hint,
        said=value.said,
        exit=int(value.exit),
        problems=tuple(
            ProblemDoc(
                path=p.path,
                message=p.message,
                file=p.file,
                line=p.line,
                column=p.column,
                value=p.value,
                suggestion=p.suggestion,
            )
            for p in problems
        ),
        log=value.log if isinstance(value, FailedError) else (),
    )
