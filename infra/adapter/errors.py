"""Pulumi's failures as our own tree: what failed, in the cloud's words, and the next command.

Kinds come from the SDK's exception and from typed events; words are looked at only where the CLI has nothing else to tell by.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterable

from pulumi.automation.errors import CommandError, ConcurrentUpdateError

from tradewind.errors import (
    FailedError,
    InterruptedByUser,
    LockedError,
    Problem,
    ProviderError,
    SpecError,
    TradewindError,
)
from tradewind.infra.adapter import locks
from tradewind.infra.adapter.events import Seen
from tradewind.infra.adapter.hiding import Hiding
from tradewind.infra.results import Lock

LOCKED, PASSPHRASE, PLUGIN, FAILED, BACKEND, STOPPED, UNREAD, POLICY = (
    "TW810", "TW811", "TW812", "TW813", "TW815", "TW816", "TW820", "TW850",
)  # fmt: skip
_OUTPUT = re.compile(r"\n code: (?P<code>-?\d+)\n stdout: (?P<out>.*)\n stderr: (?P<err>.*)\Z", re.DOTALL)
_PLUGIN = re.compile(
    r"no (?:resource|language) plugin '?([\w-]+)'?|could not (?:find|load) plugin.*|failed to load plugin.*"
    r"|[Cc]ould not automatically download and install (?:resource|language) plugin[^,]*"
)
_SIGN_IN = re.compile(
    r"PULUMI_ACCESS_TOKEN must be set.*|problem logging in.*|invalid access token.*"
    r"|.*(?:AccessDenied|NoCredentialProviders|could not find default credentials).*"
)
_TRACE = re.compile(r"^[ \t]*Traceback \(most recent call last\):\n(?:[ \t]+.*\n)*", re.MULTILINE)
# the second is of `pulumi destroy`
_TARGET = re.compile(
    r"Target '(?P<urn>[^']*)' could not be found in the stack|no resource named '(?P<named>[^']*)' found"
)
_NAME = re.compile(
    r"(?:a stack name|stack names) (?:cannot exceed|may only contain|may not|must)[^:\n]*"
)  # pkg/backend
_ORGANIZATION = "organization name must be 'organization'"  # pkg/backend/diy
_HALF_WRITTEN = "failed to load checkpoint: EOF"  # of a folder, where another run is just making the stack
UNBEGUN = "Put right what it says, then give the same command again."
_LEAD = re.compile(r"^(?:error|warning): ", re.MULTILINE)

Again = Callable[[str], str]  # a verb's command for the same stack


def told(
    error: CommandError, seen: Seen, during: str, hiding: Hiding, *, again: Again, stopped: bool
) -> TradewindError:
    """`stopped`: the user asked for it, so what ended the command was Pulumi's own cancellation."""
    out, err = (hiding.hide(text) for text in printed(error))
    errors = [it.text for it in seen.told if it.severity == "error"]
    words = _plain("\n".join((*errors, _LEAD.sub("", err).strip())))
    if isinstance(error, ConcurrentUpdateError):
        return locked(locks.told(err), during, again)
    if not seen.steps and _HALF_WRITTEN in words:
        return locked(Lock(said=words), during, again)
    if stopped:
        done = sum(1 for step in seen.steps.values() if step.op not in ("same", "read") and step.urn not in seen.failed)
        number = _signal(error)
        killed = number not in (None, "SIGINT")  # a script around Pulumi dies of the stop; Pulumi itself heard it
        lock = f"{number} ended Pulumi, so its lock may be left" if killed else "the lock is free"
        unlock = f"`{again('unlock')}` frees it; then the" if killed else "The"
        return InterruptedByUser(f"{during}: stopped; {done} resources were begun, and {lock}", code=STOPPED,
                                 hint=f"{unlock} same command goes on where it was.")  # fmt: skip
    if "incorrect passphrase" in words or "passphrase must be set" in words:
        return ProviderError("credentials", "the passphrase of the stack's secrets is another one", during=during,
                             code=PASSPHRASE, hint="Set PULUMI_CONFIG_PASSPHRASE_FILE to the one it was made with.")  # fmt: skip
    if (wrong := _configuration(errors or [words])) is not None:
        return wrong
    if (lost := _TARGET.search(words)) is not None:
        flag = "--target" if lost["named"] else "--target or --replace"  # the same words for both
        slip = Problem(flag, "nothing in the stack has this URN", value=lost["urn"] or lost["named"])
        return SpecError([slip], code="TW002", hint=f"`{again('preview --output json')}` has the URN of each resource.")
    if not seen.steps and (odd := _NAME.search(words)) is not None:
        return SpecError([Problem("--stack", odd.group(0))], code="TW002")
    if not seen.steps and _ORGANIZATION in words:
        return SpecError([Problem("--stack", "has an organization, which only Pulumi's service knows")], code="TW002",
                         hint="In a folder or bucket: `--stack NAME`, without what stands before a slash.")  # fmt: skip
    if seen.broken:
        return ProviderError("permission", "; ".join(seen.broken), during=during, code=POLICY,
                             hint="Change what the policy refuses, or ask who keeps the policy.")  # fmt: skip
    if (found := _PLUGIN.search(words)) is not None:
        hint = (
            "It comes with Pulumi's whole installation, https://www.pulumi.com/docs/install/, beside `pulumi` on PATH."
            if "language plugin" in found.group(0)
            else "Where Pulumi cannot fetch it: `pulumi plugin install resource NAME VERSION`."
        )
        return ProviderError("missing", found.group(0), during=during, code=PLUGIN, hint=hint)
    if not seen.steps and (found := _SIGN_IN.search(words)) is not None:
        return ProviderError("credentials", found.group(0), during=during, code=BACKEND,
                             hint="Sign in with `pulumi login`, or name another place for the state with --backend.")  # fmt: skip
    if (number := _signal(error)) is not None:
        return FailedError(f"{during}: Pulumi's command line was ended by {number}", code=FAILED, said=words,
                           hint=f"It frees no lock then: `{again('unlock')}`, then the same command again.")  # fmt: skip
    rest = f"The same command goes on where it was; `{again('preview')}` shows what is left." if seen.steps else UNBEGUN
    names = ", ".join(urn.rpartition("::")[2] for urn in dict.fromkeys(seen.failed))
    said = words or out.partition("\nDiagnostics:\n")[2].partition("\nResources:\n")[0].strip() or out.strip()
    return FailedError(f"{during}: {f'{names} failed: ' if names else ''}{said}", code=FAILED, said=said,
                       hint=rest)  # fmt: skip


def locked(held: Lock, during: str, again: Again) -> LockedError:
    by = f" by {held.by}" if held.by else ""
    since = f" since {held.since:%Y-%m-%d %H:%M:%S %z}" if held.since else ""
    return LockedError(f"{during}: the stack is locked{by}{since}", code=LOCKED, said=held.said,
                       hint=f"Wait with --lock-timeout 10m. Where that process is dead: {again('unlock')}")  # fmt: skip


def half_made(error: FailedError, urns: Iterable[str], again: Again) -> FailedError:
    """`urns`: what failed now, and was being made when an earlier run was killed."""
    rows = [(urn.split("::")[-2].rpartition("$")[2], urn.rpartition("::")[2]) for urn in urns]
    if not rows:
        return error
    named = ", ".join(name for _, name in rows)
    kind, name = rows[0]
    return FailedError(f"{error.message}\nA run that was killed was making {named}: it may stand, unknown to the state",
                       code=error.code, said=error.said,
                       hint=f"Where it stands: `{again(f'import {kind} {name} ID')}`, then the same command again.")  # fmt: skip


def unread(during: str, gap: str) -> FailedError:
    return FailedError(f"{during}: {gap}, so steps may be missing from what would be shown", code=UNREAD,
                       hint="Give it again; if it stays, upgrade Pulumi's command line and tradewind together.")  # fmt: skip


def unreadable(during: str, error: Exception) -> FailedError:
    """The SDK fell over what a command answered, which is JSON alone."""
    hint = "Whatever wraps `pulumi` has to keep stdout free; then the same command again."
    text = f"{during}: what Pulumi's command line answered cannot be read: {error!r}"
    return FailedError(text, code=UNREAD, hint=hint)


def printed(error: CommandError) -> tuple[str, str]:
    """Output and errors. The SDK keeps them in the exception's text alone."""
    found = _OUTPUT.search(str(error))
    return (found["out"], found["err"]) if found else ("", str(error))


def _signal(error: CommandError) -> str | None:
    found = _OUTPUT.search(str(error))
    number = -int(found["code"]) if found else 0
    if number <= 0:
        return None
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"


def _plain(words: str) -> str:
    """Each line once, and of a program that fell over its last words: where in it is nobody's business who typed a command."""
    return "\n".join(dict.fromkeys(line.rstrip() for line in _TRACE.sub("", f"{words}\n").splitlines() if line.strip()))


def _configuration(said: list[str]) -> SpecError | None:
    """Our own program's word about its configuration, which went through Pulumi."""
    for text in said:
        at = text.find("TW801: ")
        if at >= 0:
            lines = text[at + len("TW801: ") :].strip().splitlines()
            return SpecError([Problem("", line.strip()) for line in lines[:-1] or lines], code="TW801",
                             hint=lines[-1] if len(lines) > 1 else "")  # fmt: skip
    return None
