"""The engine's typed events as steps, remarks and progress. Nothing is read from its text."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

from tradewind.infra.adapter.hiding import Hiding
from tradewind.infra.checks import Resource
from tradewind.infra.results import Op, Step, Told
from tradewind.values import Event

_OPS: dict[str, Op] = {
    "same": "same", "create": "create", "update": "update", "delete": "delete", "read": "read", "refresh": "refresh",
    "import": "import", "replace": "replace", "create-replacement": "replace", "delete-replaced": "replace",
    "read-replacement": "replace", "import-replacement": "replace", "discard-replaced": "replace",
}  # fmt: skip
_DOING: dict[Op, tuple[str, str]] = {
    "create": ("creating", "created"),
    "update": ("updating", "updated"),
    "delete": ("deleting", "deleted"),
    "replace": ("replacing", "replaced"),
    "import": ("importing", "imported"),
    "refresh": ("looking", "looked at"),
    "read": ("reading", "read"),
    "other": ("working on", "done"),
}
_SEVERITIES: dict[str, Literal["warning", "error"]] = {"warning": "warning", "error": "error"}
_COLORS = re.compile(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*m")
_ENGINES_OWN = "pulumi:"  # stacks and providers are no resource of anybody's


class Seen:
    """What one command's events told so far. Called from the SDK's threads, one event at a time."""

    def __init__(self, report: Callable[[Event], None], hiding: Hiding) -> None:
        self.steps: dict[str, Step] = {}
        self.told: list[Told] = []
        self.failed: list[str] = []  # URNs
        self.broken: list[str] = []  # what a policy pack refuses
        self.resources: dict[str, Resource] = {}
        self._began: dict[str, float] = {}
        self._numbers: set[int] = set()
        self._ended = False
        self._report = report
        self._hiding = hiding

    def __call__(self, event: Any) -> None:
        self._take(event)
        self._numbers.add(event.sequence)  # afterwards: one that we fell over is none that was read
        self._ended = self._ended or event.cancel_event is not None

    @property
    def any(self) -> bool:
        return bool(self._numbers)

    def gap(self) -> str:
        """What is missing, "" of nothing. The engine numbers its events from 0, and the last one is `cancelEvent`
        (apitype.EngineEvent of github.com/pulumi/pulumi); the SDK leaves out those that it cannot read.
        """
        lost = max(self._numbers, default=-1) + 1 - len(self._numbers)
        if lost:
            return f"{lost} of Pulumi's events could not be read"
        return "" if self._ended else "Pulumi's events broke off"

    def _take(self, event: Any) -> None:
        if (pre := event.resource_pre_event) is not None:
            self._step(pre.metadata, bool(pre.planning), ended=False)
        elif (outputs := event.res_outputs_event) is not None:
            self._step(outputs.metadata, bool(outputs.planning), ended=True)
        elif (failed := event.res_op_failed_event) is not None:
            self._failure(failed.metadata)
        elif (said := event.diagnostic_event) is not None:
            self._remark(said)
        elif (policy := event.policy_event) is not None:
            self._policy(policy)

    def _step(self, metadata: Any, planning: bool, *, ended: bool) -> None:
        if metadata.type.startswith(_ENGINES_OWN):
            return
        step = _step(metadata)
        known = self.steps.get(step.urn)
        if known is not None and known.op == "replace":
            step = known  # its parts come one by one; it stays one replacement
        self.steps[step.urn] = step
        if metadata.new is not None and not ended:
            self.resources[step.urn] = Resource(step.type, step.name, step.urn, metadata.new.inputs or {})
        if step.op not in ("same", "read") and not planning:
            self._progress(step, ended)

    def _progress(self, step: Step, ended: bool) -> None:
        doing, done = _DOING.get(step.op, _DOING["other"])
        now = time.monotonic()
        if not ended:
            self._began.setdefault(step.urn, now)
            return self._tell(step.name, doing, step, "working")
        took = now - self._began.get(step.urn, now)
        return self._tell(step.name, f"{done} ({took:.1f} s)", step, "done")

    def _failure(self, metadata: Any) -> None:
        step = _step(metadata)
        self.steps[step.urn] = step
        self.failed.append(step.urn)
        self._tell(step.name, f"{_DOING.get(step.op, _DOING['other'])[0]} failed", step, "failed")

    def _remark(self, said: Any) -> None:
        text = self._hiding.hide(_COLORS.sub("", said.message).strip())
        if not text or said.ephemeral or said.severity == "debug":
            return
        told = Told(_SEVERITIES.get(said.severity, "info"), text, said.urn or "")
        if told not in self.told:
            self.told.append(told)

    def _policy(self, policy: Any) -> None:
        text = f"{policy.policy_name} ({policy.policy_pack_name}): {_COLORS.sub('', policy.message).strip()}"
        if policy.enforcement_level == "mandatory":
            self.broken.append(text)
        else:
            self.told.append(Told("warning", text, policy.resource_urn or ""))

    def _tell(self, subject: str, text: str, step: Step, state: str) -> None:
        data = {"urn": step.urn, "type": step.type, "op": step.op, "state": state}
        self._report(Event(datetime.now(UTC), "infra.step", subject, text, data))


def _step(metadata: Any) -> Step:
    op = _OPS.get(str(getattr(metadata.op, "value", metadata.op)), "other")
    old, new = metadata.old, metadata.new
    changed = tuple(metadata.detailed_diff or ()) or tuple(metadata.diffs or ())
    if op == "same" and old is not None and new is not None and old.protect != new.protect:
        op, changed = "update", ("protect",)  # of the state alone, which the engine does not count as a change
    return Step(
        op, metadata.urn, metadata.type, metadata.urn.rpartition("::")[2], changed,
        tuple(metadata.keys or ()) if op == "replace" else (),
        bool((new or old) is not None and (new or old).protect),
    )  # fmt: skip
