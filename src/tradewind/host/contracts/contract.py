"""A cloud's contract as data, and the walk that holds a server to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tradewind.host import ports
from tradewind.host.contracts.served import Answer, Served
from tradewind.host.contracts.values import ANY_BODY, Cloud, Finding, Subject, Verdict

NONSENSE = frozenset((400, 415, 422))  # what a server may well say to a body that was not made for it
STILL_THERE = 15.0
WRONG_BODY = b"\xff\xfe this is not what the server expects"


@dataclass(frozen=True)
class Contract:
    """`environment(port, model)` is what the cloud tells the container. Times in seconds, sizes in bytes.

    `port` is the one that the cloud (or its own server) uses; `port_is_fixed` where it never uses another.
    """

    cloud: Cloud
    title: str
    port: int
    port_variable: str
    port_is_fixed: bool
    any_port: bool  # the container says itself which one it uses
    health: str
    health_within: float
    predict: str
    predict_within: float
    largest: int
    grace: float
    environment: Callable[[int, str], Mapping[str, str]]
    source: str
    model_note: str
    health_variable: str = ""  # what tells the container its route, where it does not know it
    predict_variable: str = ""
    shape: Callable[[bytes, Answer], tuple[Verdict, str] | None] = field(default=lambda _body, _answer: None)


@dataclass(frozen=True)
class Outcome:
    findings: tuple[Finding, ...]
    answer: Answer | None  # to the known body, for comparison between clouds


def hold(subject: Subject, contract: Contract, *, real_port: bool) -> Outcome:
    """Run the server under the contract. `real_port`: on the cloud's own port, where that is free here."""
    port, note = _port(contract, real_port)
    model = str(subject.model) if subject.model else ""
    with Served(subject, port, contract.environment(port, model)) as served:
        walk = _Walk(subject, contract, served)
        findings = [*note, *walk.run()]
    return Outcome(tuple(findings), walk.answer)


def _port(contract: Contract, real_port: bool) -> tuple[int, list[Finding]]:
    if real_port:
        try:
            ports.listen(contract.port).close()
            return contract.port, []
        except OSError:
            taken = "is taken on this machine"
    else:
        taken = "was not tried"
    port = ports.free()
    if not contract.port_is_fixed:
        return port, []
    seen = f"{contract.port} {taken}; checked on {port}, told by {contract.port_variable}"
    fix = f"free port {contract.port} here to be sure; {contract.title} always uses it"
    return port, [Finding(contract.cloud, f"listens on {contract.port}", "cannot_tell", seen, fix, contract.source)]


class _Walk:
    """Rule by rule; what an earlier rule makes pointless is left out."""

    def __init__(self, subject: Subject, contract: Contract, served: Served) -> None:
        self._subject = subject
        self._contract = contract
        self._served = served
        self.answer: Answer | None = None

    def run(self) -> Iterator[Finding]:
        started = self._starts()
        yield started
        if started.verdict == "broken":
            return
        yield self._accepts()
        yield from self._reachable()
        yield self._health()
        yield from self._predicts()
        yield self._large()
        yield self._wrong()
        yield from self._model()
        yield self._ends()

    def _said(self, rule: str, well: bool, seen: str, fix: str = "") -> Finding:
        return self._found(rule, "ok" if well else "broken", seen, "" if well else fix)

    def _found(self, rule: str, verdict: Verdict, seen: str, fix: str = "") -> Finding:
        return Finding(self._contract.cloud, rule, verdict, seen, fix, self._contract.source)

    def _starts(self) -> Finding:
        contract, served = self._contract, self._served
        answer = served.healthy(contract.health, self._subject.startup, any_port=contract.any_port)
        rule = f"answers GET {contract.health} on port {served.port} when it is ready"
        if answer.status == 200:
            return self._found(rule, "ok", answer.said)
        how = f"it ended with exit code {served.ended}" if served.ended is not None else answer.said
        others = ", ".join(str(port) for port in sorted(served.ports() - {served.port}))
        how = f"{how}; it listens on {others}" if others else how
        path = f"the path in {contract.health_variable}" if contract.health_variable else "that path"
        fix = f"listen on the port in {contract.port_variable} ({contract.port}) and answer {path} with 200"
        return self._found(rule, "broken", f"{how}\n{served.last_words}".strip(), fix)

    def _accepts(self) -> Finding:
        took = self._served.accepts()
        seen = "refused" if took is None else f"{took * 1000:.0f} ms"
        return self._said("accepts a connection within 250 ms", took is not None and took < 0.25, seen, "accept faster")

    def _reachable(self) -> Iterator[Finding]:
        addresses = self._served.addresses()
        rule = "listens on all addresses, not on loopback alone"
        if not addresses:
            yield self._found(rule, "cannot_tell", "the system does not say what it listens on")
            return
        alone = all(address in ("127.0.0.1", "::1") for address in addresses)
        yield self._said(
            rule, not alone, ", ".join(sorted(addresses)), "listen on 0.0.0.0: the cloud calls from outside"
        )

    def _health(self) -> Finding:
        contract = self._contract
        answer = self._served.ask("GET", contract.health, timeout=contract.health_within)
        rule = f"GET {contract.health} is 200 within {contract.health_within:g} s"
        return self._said(
            rule, answer.status == 200, answer.said, "answer health from memory, without the model's help"
        )

    def _predicts(self) -> Iterator[Finding]:
        contract, subject = self._contract, self._subject
        rule = f"POST {contract.predict} answers a known body with 200 within {contract.predict_within:g} s"
        if len(subject.body) > contract.largest:
            seen = f"the body has {len(subject.body)} bytes, {contract.title} takes {contract.largest}"
            yield self._found(rule, "broken", seen, "send less in one request")
            return
        answer = self._served.ask("POST", contract.predict, subject.body, subject.content_type, contract.predict_within)
        self.answer = answer if answer.status == 200 else None
        seen = (
            answer.said
            if answer.status in (0, 200)
            else f"{answer.said}: {answer.body[:300].decode('utf-8', 'replace')}"
        )
        if subject.body == ANY_BODY and answer.status in NONSENSE:
            yield self._found(rule, "cannot_tell", seen, "name a body that it answers with 200")
            return
        yield self._said(
            rule, answer.status == 200, seen, f"answer POST {self._predict_path}; is the body the right one?"
        )
        if answer.status != 200:
            return
        small = len(answer.body) <= contract.largest
        yield self._said(
            f"its answer has at most {contract.largest} bytes",
            small,
            f"{len(answer.body)} bytes",
            "answer with less, or stream",
        )
        yield from self._typed(answer)
        judged = contract.shape(subject.body, answer)
        if judged is not None:
            verdict, seen = judged
            fix = "" if verdict == "ok" else 'answer {"predictions": [...]}, one for each of "instances"'
            yield self._found("one prediction for each instance", verdict, seen, fix)

    @property
    def _predict_path(self) -> str:
        variable = self._contract.predict_variable
        return f"to the path in {variable}" if variable else self._contract.predict

    def _typed(self, answer: Answer) -> Iterator[Finding]:
        """JSON that goes by another name: no cloud forbids it, and clients that look at the type do not read it."""
        if _is_json(answer.body) and "json" not in answer.content_type.lower():
            seen = f"JSON, sent as {answer.content_type or 'no type at all'}"
            yield self._found("its answer says what it is", "cannot_tell", seen, "send Content-Type: application/json")

    def _large(self) -> Finding:
        """The largest body that the cloud lets through, as the known one with white space after it."""
        contract, subject = self._contract, self._subject
        rule = f"stands a body of {contract.largest} bytes, the largest that arrives"
        body = subject.body + b" " * (contract.largest - len(subject.body))
        answer = self._served.ask("POST", contract.predict, body, subject.content_type, contract.predict_within)
        well = 0 < answer.status < 500
        seen = f"{answer.said} (a limit of its own)" if answer.status == 413 else answer.said
        return self._said(rule, well and self._served.ended is None, seen, "read the whole body, or refuse it with 413")

    def _wrong(self) -> Finding:
        contract = self._contract
        self._served.ask("POST", contract.predict, WRONG_BODY, "application/json", contract.predict_within)
        # how quick health is was asked before; here it is only whether it still answers
        after = self._served.ask("GET", contract.health, timeout=max(contract.health_within, STILL_THERE))
        seen = "it ended" if self._served.ended is not None else f"health afterwards: {after.said}"
        return self._said("survives a request that makes no sense", after.status == 200, seen, "answer it with 400")

    def _model(self) -> Iterator[Finding]:
        if self._subject.model is not None:
            yield self._found("finds its model where the cloud puts it", "cannot_tell", self._contract.model_note)

    def _ends(self) -> Finding:
        grace = self._contract.grace
        took = self._served.terminate(grace)
        seen = f"still there after {grace:g} s" if took is None else f"ended after {took:.1f} s"
        fix = "handle SIGTERM: finish what is in flight, then exit (a shell before it must `exec` it)"
        return self._said(f"ends within {grace:g} s of SIGTERM", took is not None, seen, fix)


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def predictions(body: bytes, answer: Answer) -> tuple[Verdict, str] | None:
    """Vertex: as many predictions as instances, in a JSON object."""
    try:
        asked = json.loads(body)["instances"]
        count = len(asked)
    except (ValueError, KeyError, TypeError):
        return "cannot_tell", 'the known body has no "instances"; raw_predict passes any body on'
    try:
        said = json.loads(answer.body)["predictions"]
        got = len(said)
    except (ValueError, KeyError, TypeError):
        return "broken", f"not a JSON object with predictions: {answer.body[:200].decode('utf-8', 'replace')}"
    return ("ok" if got == count else "broken"), f"{got} for {count}"
