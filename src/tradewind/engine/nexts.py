"""What to try next, as commands that work from here."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from tradewind.engine.open import Work
from tradewind.engine.session import Identity


def after_up(work: Work, *, serves: bool) -> tuple[str, str, str]:
    words = _words(work)
    if serves:
        return (
            _line("deploy endpoint invoke", words, f"--file {_request(work)}"),
            _line("deploy endpoint connect", words),
            _line("deploy status", words),
        )
    return after_train(work)


def after_train(work: Work) -> tuple[str, str, str]:
    words = _words(work)
    return (
        _line("deploy train logs", words),
        _line("deploy train download", words, "--to model"),
        _line("deploy up", words),
    )


def after_detach(work: Work, job: str) -> tuple[str, str, str]:
    """The job goes on by itself: how to read it, how it stands, how to end it."""
    words = _words(work)
    return (
        _line("deploy train logs", words, f"{job} --follow"),
        _line("deploy train status", words, job),
        _line("deploy train stop", words, job),
    )


def after_look(identity: Identity) -> tuple[str, ...]:
    """For an endpoint that was found by name, without a spec."""
    words = f"{shlex.quote(identity.project)} --provider {identity.provider}"
    if identity.environment != "default":
        words += f" --env {shlex.quote(identity.environment)}"
    return (f"deploy endpoint connect {words}", f"deploy endpoint logs {words}")


def _request(work: Work) -> str:
    """The request that lies beside deploy.yaml, as it is called from here."""
    beside = work.root / "request.json"
    if work.root == Path.cwd() or not beside.is_file():
        return "request.json"
    return shlex.quote(os.path.relpath(beside))


def _words(work: Work) -> str:
    if work.target is not None:
        return shlex.join(work.target)
    said = []
    if work.file.absolute() != Path("deploy.yaml").absolute():
        said += ["-f", shlex.quote(str(work.file))]
    if work.environment != "default":
        said += ["--env", shlex.quote(work.environment)]
    return " ".join(said)


def _line(*words: str) -> str:
    return " ".join(word for word in words if word)
