"""What people read of each document: that everything that matters is on the paper, at any width."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pytest

from tradewind.cli import documents as ours
from tradewind.cli.render import doctor, endpoint, explain, init, jobs, plan, project, providers, up
from tradewind.cli.render.paper import Paper, cells
from tradewind.engine import results as r

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FREE = r.Price(amount=0, text="0 USD")
RATE = r.Price(amount=0.46, text="0.46 USD", source="catalogue", date="2026-11-01")
MACHINE = r.MachineDoc(id="ml.m5.large", cpus=2, memory_gib=8)
LOSS = r.LossDoc(path="serve.rollout.steps", reason="guardrails have one canary step", instead="10 % then 100 %")
PLAN = r.Plan(
    project="churn",
    environment="prod",
    provider="aws",
    title="Amazon SageMaker",
    region="eu-west-1",
    changes=True,
    actions=(
        r.Action(
            kind="train",
            subject="run",
            name="sha256:" + "3f" * 32,
            reasons=("what it depends on changed",),
            changes=(r.Change(path="train.parameters.trees", before="20", after="60"),),
        ),
        r.Action(kind="adjust", subject="endpoint", name="churn-prod", how="in place", reasons=("replicas changed",)),
        r.Action(kind="replace", subject="endpoint", name="churn-prod", how="replace", reasons=("the key changed",)),
        r.Action(kind="delete", subject="job", name="left-over"),
        r.Action(kind="reuse", subject="run", name="older"),
    ),
    losses=(LOSS, r.LossDoc(path="serve.request.max_body", reason="25 MB at most", accepted=True),
            r.LossDoc(path="train.hardware.gpu", reason="no such GPU", fatal=True)),
    refusals=(r.Refusal(code="TW051", message="a loss was not agreed to", allow="--accept serve.rollout.steps"),),
    blockers=(r.Refusal(code="TW203", message="nothing here has an H100"),),
    over_budget=("month: 2100 USD of 1500 USD",),
    notes=("judged by health alone",),
    machine=MACHINE,
    replicas=r.ReplicasDoc(min=1, max=4, target=8),
    rollout=r.RolloutDoc(strategy="canary", steps=(10, 50), bake_seconds=300, keep_seconds=3600),
    cost=r.Cost(before=FREE, after=RATE, peak=r.Price(amount=0.92, text="0.92 USD"), peak_replicas=8, train=r.Price()),
)  # fmt: skip
TOLD_INSTEAD = PLAN.model_copy(update={"losses": (
    r.LossDoc(path="serve.rollout.steps", reason="one share", instead="10 %, then 100 %", accepted=True),
    r.LossDoc(path="serve.rollout.bake", reason="1h at most", instead="1h", accepted=True))})  # fmt: skip
VERSION = r.VersionDoc(slot="a", digest="sha256:" + "ab" * 32, share=90, ready=True, replicas=r.ReplicasDoc(min=1, max=2, now=1),
                       requests=1200, errors=3, p95_ms=12.4)  # fmt: skip
BAD = r.VersionDoc(slot="b", digest="sha256:" + "cd" * 32, share=10, failed=True, reason="ValueError: boom",
                   replicas=r.ReplicasDoc(min=1, max=1, now=0))  # fmt: skip
ENDPOINT = r.EndpointStatus(project="churn", environment="prod", provider="local", name="churn-prod", state="rolling_out",
                            url="http://127.0.0.1:8080/", versions=(VERSION, BAD), rate=FREE,
                            next=("deploy status",))  # fmt: skip
MOVING = ENDPOINT.model_copy(update={"rollout": r.Underway(style="update", version="sha256:" + "ab" * 32,
    before="sha256:" + "cd" * 32, share=10, since=NOW, by="ada on host (process 7)")})  # fmt: skip
JOB = r.JobDoc(name="churn-1", run="sha256:" + "3f" * 32, attempt=2, state="failed", word="Failed", reason="exit code 3",
               started=NOW, ended=NOW + timedelta(seconds=90))  # fmt: skip
TRAIN = r.TrainResult(project="churn", environment="prod", provider="local", run="sha256:" + "3f" * 32, job=JOB,
                      metrics={"accuracy": 0.91234}, model="file:///m", machine=MACHINE, rate=FREE)  # fmt: skip
HOLD = r.HoldDoc(digest="sha256:" + "cd" * 32, reason="rolled back: errors", since=NOW)
OWNER = r.LockOwner(owner="ada@host", since=NOW, until=NOW + timedelta(minutes=1))

RESIZED = r.UpResult(project="churn", environment="prod", provider="aws", changed=True, endpoint="churn-prod",
    version="sha256:" + "ab" * 32, previous="sha256:" + "cd" * 32, actions=(r.Action(
        kind="adjust", subject="endpoint", name="churn-prod", how="in place", changes=(
            r.Change(path="serve.replicas.max", before="2", after="4"), r.Change(path="tags.team", before="", after="growth"))),
    ))  # fmt: skip

CASES: list[tuple[str, Callable[[Paper], list[str]], list[str]]] = [
    ("plan", lambda p: plan.plan(PLAN, p),
     ["churn", "prod", "Amazon SageMaker", "3f3f3f3f3f3f", "20 → 60", "in place", "replace", "--accept serve.rollout.steps",
      "accepted", "cannot be accepted", "canary 10 % then 100 %, ", "free → 0.46 USD an hour", "8 replicas", "unknown", "TW203",
      "2100 USD", "judged by health", "1 to train, 1 to adjust, 1 to replace, 1 to delete"]),
    ("plan: what is done instead", lambda p: plan.plan(TOLD_INSTEAD, p), ["canary 10 %, then 100 %, 1h at each step"]),
    ("plan: as it was asked for", lambda p: plan.plan(PLAN.model_copy(update={"losses": ()}), p), ["10 % → 50 % → 100 %"]),
    ("plan: nothing", lambda p: plan.plan(r.Plan(project="x", environment="default", provider="local"), p),
     ["Nothing to do"]),
    ("plan: not looked", lambda p: plan.plan(PLAN.model_copy(update={"looked": False, "could_not_look": "not signed in"}), p),
     ["Not compared with what exists", "not signed in"]),
    ("plans", lambda p: plan.plans(r.Plans(project="churn", environment="prod", plans=(PLAN,),
        unplanned=(r.Unplanned(provider="gcp", title="Vertex", reason="later", hint="wait"),)), p),
     ["Amazon SageMaker", "cannot run as it is", "Vertex", "no plan", "later", "0.46 USD"]),
    ("up", lambda p: up.up(r.UpResult(project="churn", environment="prod", provider="aws", region="eu-west-1", changed=True,
        endpoint="churn-prod", url="https://x/", version="sha256:" + "ab" * 32, previous="sha256:" + "cd" * 32,
        machine=MACHINE, replicas=r.ReplicasDoc(min=1, max=4, now=2), rate=RATE, losses=(LOSS,), train=TRAIN,
        warnings=("the old endpoint on gcp still bills",), next=("deploy endpoint invoke",)), p),
     ["churn-prod", "https://x/", "abababababab", "cdcdcdcdcdcd", "aws (eu-west-1)", "ml.m5.large", "1 to 4 (2 now)",
      "0.46 USD an hour", "accuracy 0.9123", "still bills", "deploy endpoint invoke"]),
    ("up: in place", lambda p: up.up(RESIZED, p), ["replicas.max 2 → 4, tags.team unset → growth"]),
    ("down", lambda p: up.down(r.DownResult(project="churn", environment="prod", provider="local", changed=True,
        removed=(r.Thing(kind="endpoint", name="e1"),), kept=(r.Thing(kind="model", name="m1"),),
        left=(r.Thing(kind="job", name="j1"),)), p), ["endpoint e1", "model m1", "job j1", "left"]),
    ("before down", lambda p: up.before_down(r.StatusResult(project="churn", environment="prod", provider="local",
        endpoint=ENDPOINT, jobs=(JOB,)), True, p), ["endpoint churn-prod", "2 versions", "job churn-1", "models, data"]),
    ("status", lambda p: project.status(r.StatusResult(project="churn", environment="prod", provider="local", endpoint=ENDPOINT,
        jobs=(JOB,), holds=(HOLD,), lock=OWNER, rate=FREE, notes=("a note",)), p),
     ["rolling out", "http://127.0.0.1:8080/", "90 %", "1 of 1-2", "1200", "12 ms", "ValueError: boom", "exit code 3",
      "cdcdcdcdcdcd", "ada@host", "a note", "attempt 2"]),
    ("status: nothing", lambda p: project.status(r.StatusResult(project="x", environment="default", provider="local"), p),
     ["none", "deploy up"]),
    ("endpoint", lambda p: endpoint.status(ENDPOINT, p), ["rolling out", "abababababab", "failed", "free"]),
    ("endpoint: rolling out", lambda p: endpoint.status(MOVING, p), ["abababababab comes in beside cdcdcdcdcdcd, with 10 % of",
      "ada on host (process 7) is at it"]),
    ("endpoint: left alone", lambda p: endpoint.status(MOVING.model_copy(update={"rollout": r.Underway(style="rollback",
        version="sha256:" + "ab" * 32)}), p), ["comes back", "the command that began it is gone"]),
    ("endpoints", lambda p: endpoint.endpoints(r.EndpointList(provider="local", endpoints=(ENDPOINT,)), p),
     ["churn-prod", "prod", "abababababab"]),
    ("no endpoints", lambda p: endpoint.endpoints(r.EndpointList(provider="local"), p), ["No endpoints", "deploy up"]),
    ("rollback", lambda p: endpoint.rollback(r.RollbackResult(endpoint="e", changed=True, serves="sha256:" + "ab" * 32,
        was="sha256:" + "cd" * 32, held="sha256:" + "cd" * 32), p), ["abababababab", "--release-hold"]),
    ("guard", lambda p: endpoint.guard(r.GuardReport(endpoint="e", did="reverted", reason="its owner died", changed=True), p),
     ["reverted", "its owner died"]),
    ("jobs", lambda p: jobs.jobs(r.JobList(project="c", environment="e", provider="local", jobs=(JOB,)), p),
     ["churn-1", "failed", "exit code 3", "90 s"]),
    ("no jobs", lambda p: jobs.jobs(r.JobList(project="c", environment="e", provider="local"), p), ["deploy train run"]),
    ("trained", lambda p: jobs.trained(TRAIN, p), ["accuracy 0.9123", "file:///m", "free"]),
    ("stopped", lambda p: jobs.stopped(r.StopResult(jobs=(JOB,)), p), ["churn-1"]),
    ("none stopped", lambda p: jobs.stopped(r.StopResult(), p), ["No job was running"]),
    ("downloaded", lambda p: jobs.downloaded(r.DownloadResult(run="sha256:" + "3f" * 32, model="file:///m", path="m",
        bytes=12345, files=2), p), ["12,345 bytes", "2 files"]),
    ("history", lambda p: project.history(r.History(project="c", environment="e", provider="local", holds=(HOLD,), unreadable=1,
        notes=("x.json is not JSON",), entries=(r.HistoryEntry(time=NOW, what="rolled_back", outcome="done", who="ada",
        commit="0123456789abc", version="sha256:" + "cd" * 32, reason="error_rate 5 %"),)), p),
     ["rolled back", "2026-11-24 12:00:00", "ada", "error_rate 5 %", "012345678", "x.json", "1 record"]),
    ("no history", lambda p: project.history(r.History(project="c", environment="e", provider="local"), p), ["Nothing has"]),
    ("lock", lambda p: project.locked(r.LockResult(path="deploy.lock", changed=True,
        changes=(r.Change(path="serve.machine", before="", after="m5"),)), p), ["deploy.lock", "unset → m5"]),
    ("unlock", lambda p: project.unlocked(r.UnlockResult(project="c", environment="e", changed=True, was=OWNER), p),
     ["ada@host"]),
    ("not locked", lambda p: project.unlocked(r.UnlockResult(project="c", environment="e", changed=False), p), ["not locked"]),
    ("doctor", lambda p: doctor.doctor(ours.DoctorResult(ok=False, findings=(
        ours.Finding(name="uv", verdict="bad", detail="not there", fix="install it"),
        ours.Finding(name="Python", verdict="ok", detail="3.12"))), p), ["not there", "install it", "1 thing to put right"]),
    ("providers", lambda p: providers.providers(ours.ProviderList(problems=("plug-in x is broken",), providers=(
        ours.ProviderDoc(name="aws", title="Amazon SageMaker", source="tradewind", state="not installed", reason="no boto3",
        hint="pip install it", aliases=("sagemaker",)), ours.ProviderDoc(name="sky", title="Sky", source="sky-plugin",
        state="ready", capabilities=(ours.Capability(name="spot", path="train.spot", can=False, reason="no market"),)))), p,
        whole=True), ["sagemaker", "no boto3", "pip install it", "sky-plugin", "no market", "plug-in x"]),
    ("explain", lambda p: explain.explanations(ours.Explanations(codes=(ours.ExplanationDoc(code="TW1", title="T",
        meaning="M", remedy="R"),)), p, brief=False), ["TW1", "T", "M", "R"]),
    ("init", lambda p: init.written(ours.InitResult(template="llm", name="n", path="/x", files=("deploy.yaml",),
        next=("deploy up",)), p), ["deploy.yaml", "deploy up"]),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "wanted"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_everything_that_matters_is_shown(lines: Callable[[Paper], list[str]], wanted: list[str]) -> None:
    text = " ".join(" ".join(lines(Paper(100))).split())
    for part in wanted:
        assert part in text


@pytest.mark.parametrize("width", [20, 40, 80])
@pytest.mark.parametrize("lines", [c[1] for c in CASES], ids=[c[0] for c in CASES])
def test_it_fits_a_narrow_terminal(lines: Callable[[Paper], list[str]], width: int) -> None:
    for line in lines(Paper(width)):
        longest_word = max((cells(word) for word in line.split()), default=0)
        is_command = line.strip().startswith(("deploy ", "cd "))  # commands are never wrapped: they are for copying
        assert cells(line) <= width or is_command or longest_word + 8 > width, line
        assert line == line.rstrip()


@pytest.mark.parametrize("lines", [c[1] for c in CASES], ids=[c[0] for c in CASES])
def test_colour_changes_no_letter_and_ascii_is_ascii(lines: Callable[[Paper], list[str]]) -> None:
    plain = lines(Paper(90))
    assert [click.unstyle(line) for line in lines(Paper(90, color=True))] == plain
    for line in lines(Paper(90, unicode=False)):
        assert line.isascii(), line


def test_an_unknown_price_is_never_called_free() -> None:
    unknown: Any = PLAN.model_copy(update={"cost": r.Cost()})
    text = "\n".join(plan.plan(unknown, Paper(100)))
    assert "cost       unknown" in text
    assert "free" not in text


def test_a_change_in_place_names_no_version_that_it_would_have_replaced() -> None:
    paper = Paper(width=100)
    assert "was" not in "\n".join(up.up(RESIZED, paper))
    late = "\n".join(up.up(RESIZED.model_copy(update={"changed": False}), paper))  # somebody else had done it
    assert "→" not in late


def test_a_blocked_plan_says_each_sentence_once() -> None:
    reason, why = "no machine has that GPU", "foundation: nothing says where it stands"
    blocked = r.Plan(
        project="x",
        environment="default",
        provider="aws",
        looked=False,
        could_not_look=why,
        notes=(f"could not look: {why}; nothing is taken to be there",),
        losses=(r.LossDoc(path="train.hardware", reason=reason, fatal=True),),
        blockers=(
            r.Refusal(code="TW049", path="train.hardware", message=f"train.hardware: {reason}"),
            r.Refusal(code="TW043", path="foundation", message=why, allow="add it"),
        ),
    )
    for lines in (
        plan.plan(blocked, Paper(200)),
        plan.plans(r.Plans(project="x", environment="d", plans=(blocked,)), Paper(200)),
    ):
        text = "\n".join(lines)
        assert (text.count(reason), text.count(why)) == (1, 1)
    assert "see what stands in the way" in "\n".join(plan.plan(blocked, Paper(200)))


def test_what_will_fail_is_shown_with_its_fix() -> None:
    check = r.CheckDoc(name="role", verdict="will_fail", detail="there is no role", fix="create it")
    lines = plan.plan(r.Plan(project="x", environment="default", provider="aws", checks=(check,)), Paper(100))
    assert lines[lines.index("Will fail") + 1 :][:2] == ["  role  there is no role", "    create it"]
