"""Runs any server under each cloud's contract for serving containers, as a process of this machine: `check`.

Nothing is sent anywhere; while it runs, the server listens on all addresses, as it does in a cloud.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tradewind.host.contracts.clouds import CONTRACTS
from tradewind.host.contracts.contract import hold
from tradewind.host.contracts.served import Answer
from tradewind.host.contracts.values import ANY_BODY, Cloud, Finding, Subject, Verdict
from tradewind.host.errors import HostError, told

__all__ = ["ANY_BODY", "CONTRACTS", "Cloud", "Finding", "Subject", "Verdict", "check", "of_handler"]


def of_handler(
    handler: Path | None,
    model: Path | None,
    *,
    framework: str | None = None,
    body: bytes = ANY_BODY,
    content_type: str = "application/json",
    startup: float = 60.0,
    python: str = sys.executable,
) -> Subject:
    """Our own server with this handler's file (or none, where the framework says enough) and model folder."""
    env = {}
    if handler is not None:
        env.update({"TW_CODE_DIR": str(handler.parent.absolute()), "TW_HANDLER": handler.name})
    if model is not None:
        env["TW_MODEL_DIR"] = str(model.absolute())
    if framework is not None:
        env["TW_FRAMEWORK"] = framework
    folder = handler.parent if handler is not None else None
    argv = (python, "-m", "tradewind.serving")
    return Subject(argv, env, folder, model, body, content_type, startup)


def check(
    subject: Subject, clouds: Sequence[str] = tuple(CONTRACTS), *, real_ports: bool = True
) -> tuple[Finding, ...]:
    """Every rule of every cloud asked for, in order, and whether they all gave the same answer. Takes some seconds a cloud.

    `real_ports`: use SageMaker's 8080 and Azure's 5001 where they are free. Raises HostError where nothing can be started.
    """
    unknown = [cloud for cloud in clouds if cloud not in CONTRACTS]
    if unknown:
        raise HostError(
            "invalid", f"no contract of {', '.join(unknown)}", code="TW616", hint=f"one of {', '.join(CONTRACTS)}"
        )
    with told():
        outcomes = {cloud: hold(subject, CONTRACTS[cloud], real_port=real_ports) for cloud in clouds}
    findings = [finding for outcome in outcomes.values() for finding in outcome.findings]
    answers = {cloud: outcome.answer for cloud, outcome in outcomes.items() if outcome.answer is not None}
    return (*findings, *_same(answers))


def _same(answers: dict[str, Answer]) -> list[Finding]:
    """The promise of one file for every cloud: a known body gets one answer."""
    if len(answers) < 2:
        return []
    said = {cloud: _meaning(answer.body) for cloud, answer in answers.items()}
    first = next(iter(said.values()))
    odd = [cloud for cloud, meaning in said.items() if meaning != first]
    seen = f"different on {', '.join(odd)}" if odd else f"the same on {', '.join(said)}"
    verdict: Verdict = "broken" if odd else "ok"
    fix = "answer all routes from one function" if odd else ""
    return [Finding("all", "a known body gets the same answer on every cloud", verdict, seen, fix, "tradewind")]


def _meaning(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body
