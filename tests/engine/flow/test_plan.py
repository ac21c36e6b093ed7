"""What `up` would do, and what stands in its way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.provider import FakeCloud, FakeInfo, FakeProvider
from fakes.stage import Stage

from tradewind.engine import plan, preflight, survey, train
from tradewind.engine.open import Agreed
from tradewind.errors import BudgetError, Exit, ProviderError, ProviderKind, RefusedError, SpecError, StorageError
from tradewind.providers.base import Check
from tradewind.values import Run, Wanted


def kinds(plan) -> list[str]:
    return [action.kind for action in plan.actions]


def test_nothing_there_means_train_and_create(stage: Stage) -> None:
    made = stage.plan()
    assert kinds(made) == ["train", "create"]
    assert made.changes
    assert made.looked
    assert made.endpoint == "churn"
    assert made.cost.after.amount is None
    assert made.cost.after.text == "unknown"
    assert not made.refusals


def test_a_plan_writes_nothing_and_is_the_same_twice(stage: Stage) -> None:
    before = sorted(path for path in stage.root.rglob("*"))
    first = stage.plan()
    assert stage.plan() == first
    assert stage.cloud.writes == []
    assert sorted(path for path in stage.root.rglob("*")) == before
    assert list(stage.session().store.list()) == []


class NotSignedIn(FakeInfo):
    def connect(self, settings, foundation):
        raise ProviderError("credentials", "no credentials found", during="sign in", code="TW101")


class NoGround(FakeInfo):
    def foundation(self, settings, project, environment):
        return None


def codes(refusals) -> list[str]:
    return [refusal.code for refusal in refusals]


@pytest.mark.parametrize("kind", [NotSignedIn, NoGround])
def test_who_cannot_look_plans_all_the_same(stage: Stage, kind: type[FakeInfo]) -> None:
    seen = stage.plan()
    made = stage.plan(info=kind(stage.cloud))
    assert not made.looked
    assert made.could_not_look
    assert kinds(made) == kinds(seen) == ["train", "create"]
    assert (made.run, made.version, made.machine) == (seen.run, seen.version, seen.machine)


def test_losses_are_refused_until_the_spec_or_a_flag_agrees(stage: Stage) -> None:
    spot = ("train.spot=true", "train.checkpoint={}")
    made = stage.plan(*spot)
    assert [(loss.path, loss.accepted, loss.instead) for loss in made.losses] == [
        ("train.spot", False, "an on-demand machine is used")
    ]
    assert codes(made.refusals) == ["TW048"]
    assert made.refusals[0].allow == "--accept train.spot"
    assert not stage.plan(*spot, agreed=Agreed(accept=frozenset({"train.spot"}))).refusals
    assert not stage.plan(*spot, "accept.fake=[train.spot]").refusals
    assert codes(stage.plan(*spot, "accept.fake=[train]").refusals) == ["TW048"]


def test_up_refuses_everything_at_once_and_changes_nothing(stage: Stage) -> None:
    sets = ("train.spot=true", "train.checkpoint={}", "secrets=[HF_TOKEN]")
    with pytest.raises(RefusedError) as caught:
        stage.up(*sets)
    assert caught.value.exit == Exit.USAGE
    assert "train.spot" in caught.value.message
    assert "HF_TOKEN" in caught.value.message
    assert "--accept train.spot" in caught.value.hint
    assert stage.cloud.writes == []


def test_nothing_that_fits_blocks_and_no_flag_helps(stage: Stage) -> None:
    made = stage.plan("serve.hardware.gpu=H100")
    assert codes(made.blockers) == ["TW203"]
    assert made.blockers[0].path == "serve.hardware.gpu"
    with pytest.raises(RefusedError) as caught:
        stage.up("serve.hardware.gpu=H100", agreed=Agreed(accept=frozenset({"serve.hardware.gpu"})))
    assert caught.value.code == "TW203"


def test_a_missing_secret_is_told_by_name_only(stage: Stage) -> None:
    made = stage.plan("secrets=[HF_TOKEN]")
    assert codes(made.refusals) == ["TW051"]
    assert "HF_TOKEN" in made.refusals[0].message
    stage.environ["HF_TOKEN"] = "hf-value-of-the-secret"
    made = stage.plan("secrets=[HF_TOKEN]")
    assert not made.refusals
    assert "hf-value-of-the-secret" not in made.to_json()


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("serve.handler=gone.py", "serve.handler"),
        ("train.source=gone", "train.source"),
        ("train.inputs.train=gone.csv", "train.inputs.train"),
        ("runtime.requirements=gone.txt", "runtime.requirements"),
        ("serve.model=gone", "serve.model"),
        ("train.inputs.train=run:nobody", "train.inputs.train"),
    ],
)
def test_files_that_are_not_there(stage: Stage, said: str, path: str) -> None:
    with pytest.raises(SpecError) as caught:
        stage.plan(said)
    assert {problem.path for problem in caught.value.problems} == {path}
    assert caught.value.code == "TW041"


def test_all_missing_files_are_told_at_once(stage: Stage) -> None:
    with pytest.raises(SpecError) as caught:
        stage.plan("train.inputs.train=gone.csv", "train.inputs.more=gone2.csv", "serve.handler=gone.py")
    assert [p.path for p in caught.value.problems] == ["train.inputs.train", "train.inputs.more", "serve.handler"]


def test_the_reserved_form_of_a_model(stage: Stage) -> None:
    with pytest.raises(SpecError) as caught:
        stage.plan("serve.model=models:/churn/3")
    assert caught.value.code == "TW042"
    assert "reserved" in caught.value.message


def test_a_model_of_the_hub_is_known_by_its_name(stage: Stage) -> None:
    said = "serve.model=hf:org/name@" + 40 * "a"
    made = stage.plan(said)
    assert not made.blockers
    assert not any("hf:" in note for note in made.notes)
    assert made.version == stage.plan(said).version != stage.plan("serve.model=hf:org/name@" + 40 * "b").version


@pytest.mark.parametrize(("said", "moving"), [("hf:org/name", "main"), ("hf:org/name@v1.0", "v1.0")])
def test_a_revision_that_moves_is_noted(stage: Stage, said: str, moving: str) -> None:
    assert [note for note in stage.plan(f"serve.model={said}").notes if "serve.model" in note] == [
        f"serve.model: {moving} of org/name may change without a new version here; pin it as hf:org/name@<commit>"
    ]


def test_a_registered_model_and_data_on_another_cloud_block(stage: Stage) -> None:
    assert codes(stage.plan("serve.model=churn@3").blockers) == ["TW044"]
    made = stage.plan("train.inputs.train=s3://bucket/data")
    assert codes(made.blockers) == ["TW047"]
    assert made.blockers[0].path == "train.inputs.train"


def test_a_model_beside_the_spec_is_served_without_training(stage: Stage) -> None:
    stage.write("model/weights.bin", "1 2 3")
    (stage.root / "deploy.yaml").write_text("name: churn\nprovider: fake\nserve: {model: model, handler: serve.py}\n")
    made = stage.plan()
    assert kinds(made) == ["create"]
    stage.write("model/weights.bin", "1 2 4")
    assert stage.plan().version != made.version


def test_what_counts_makes_another_version_and_what_does_not_does_not(stage: Stage) -> None:
    same = stage.plan().version
    sized = ("serve.replicas.max=9", "serve.replicas.target.concurrency=2", "tags.a=b", "serve.rollout.bake=1m")
    assert {stage.plan(said).version for said in sized} == {same}
    other = [
        "serve.env.A=b",
        "serve.request.timeout=5s",
        "serve.hardware.cpus=4",
        "train.parameters.epochs=1",
        "secrets=[A]",
    ]
    assert len({stage.plan(said).version for said in other} | {same}) == len(other) + 1
    stage.write("serve.py", "def predict(model, inputs): return 2\n")
    assert stage.plan().version != same


def test_a_budget_fails_closed_where_no_price_is_known(stage: Stage) -> None:
    made = stage.plan("budget.run=5 USD", "budget.month=100 USD")
    assert len(made.over_budget) == 2
    assert "unknown" in made.over_budget[0]
    with pytest.raises(BudgetError) as caught:
        stage.up("budget.run=5 USD")
    assert caught.value.exit == Exit.BUDGET
    free = stage.plan("budget.run=5 USD", info=FakeInfo(stage.cloud, free=True))
    assert not free.over_budget
    assert any("budget" in note for note in free.notes)
    assert free.cost.after.amount == 0


def test_plan_all_says_for_each_provider_what_it_can(stage: Stage) -> None:
    (stage.root / "deploy.yaml").write_text("name: churn\nserve: {model: model, handler: serve.py}\n")
    stage.write("model/weights.bin", "1")
    plans = plan.plan_all(stage.work(info=None))
    made = {one.provider: one for one in plans.plans}
    assert {"aws", "gcp", "local"} <= set(made)
    assert [made[name].looked for name in ("aws", "gcp", "local")] == [False, False, True]  # AWS: it has no ground
    assert "planning and prices only" in made["gcp"].could_not_look
    assert not made["gcp"].blockers
    assert all(failed.reason for failed in plans.unplanned)


def test_unknown_provider_and_unknown_ground(stage: Stage) -> None:
    work = stage.work(info=None)
    with pytest.raises(SpecError) as caught:
        plan.make(replace(work, spec=work.spec.model_copy(update={"provider": "nimbus"})))
    assert caught.value.code == "TW062"
    groundless = stage.work(info=NoGround(stage.cloud))
    with pytest.raises(SpecError) as caught:
        stage.session(groundless)
    assert caught.value.code == "TW043"
    made = plan.make(groundless)
    assert [(stop.code, stop.path) for stop in made.blockers] == [("TW043", "foundation")]
    assert "foundation" in made.blockers[0].allow
    assert made.actions


def test_what_the_preflight_says_is_shown_and_never_in_the_way(stage: Stage) -> None:
    stage.cloud.checks = [Check("quota", "will_fail", "0 of 4 CPUs left", "ask for more"), Check("role", "ok", "fine")]
    made = stage.plan()
    assert [(check.name, check.verdict) for check in made.checks] == [("quota", "will_fail"), ("role", "ok")]
    assert made.checks[0].fix == "ask for more"
    assert stage.up().url
    assert stage.plan().checks == ()  # nothing to do: nobody is asked


def test_the_preflight_is_asked_about_what_will_be_done(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is there needs no machine to train it, and a job alone is asked about by its submission."""
    asked: list[tuple[Run | None, Wanted | None]] = []
    monkeypatch.setattr(FakeProvider, "preflight", lambda self, run, want, policy: asked.append((run, want)) or ())
    train.run(stage.work(), stage.session())
    assert asked == []
    stage.plan()
    [(run, want)] = asked
    assert run is None
    assert want is not None


class SignedOut(FakeInfo):
    """Refuses to connect, for one reason or another."""

    def __init__(self, cloud: FakeCloud, kind: ProviderKind) -> None:
        super().__init__(cloud)
        self.kind = kind

    def connect(self, settings, foundation):
        raise ProviderError(self.kind, "it says why", during="sign in", code="TW101", hint="do this")


def test_who_is_not_signed_in_gets_a_plan_all_the_same(stage: Stage) -> None:
    made = stage.plan(info=SignedOut(stage.cloud, "credentials"))
    assert (made.looked, made.could_not_look) == (False, "not signed in (it says why)")
    assert made.blockers == ()


def test_a_setting_without_which_nobody_can_connect_stands_in_the_way(stage: Stage) -> None:
    made = stage.plan(info=SignedOut(stage.cloud, "invalid"))
    assert [(stop.message, stop.allow) for stop in made.blockers] == [("sign in: it says why", "do this")]


def test_another_fault_of_connecting_is_raised(stage: Stage) -> None:
    with pytest.raises(ProviderError, match="it says why"):
        stage.plan(info=SignedOut(stage.cloud, "failed"))


def test_what_fails_as_it_was_foretold_comes_with_its_fix(stage: Stage) -> None:
    stage.cloud.checks = [Check("role", "will_fail", "there is none", "create the role"), Check("image", "ok", "")]
    stage.cloud.faults.fail(1, "permission")
    with pytest.raises(ProviderError) as caught:
        stage.up()
    assert (caught.value.exit, caught.value.hint) == (Exit.CREDENTIALS, "role: create the role")


def test_what_was_foretold_is_not_the_reason_of_everything(stage: Stage) -> None:
    stage.cloud.checks = [Check("role", "will_fail", "there is none", "create the role")]
    with pytest.raises(ProviderError) as caught, preflight.foretold(stage.plan()):
        raise ProviderError("transient", "try again", during="look", code="TW304")
    assert caught.value.hint == ""


def test_checks_are_shown_where_a_missing_store_keeps_us_from_looking(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise StorageError("missing", "listing s3://none/: there is no such bucket", code="TW331")

    stage.cloud.checks = [Check("bucket", "will_fail", "there is no bucket none", "make it")]
    monkeypatch.setattr(survey, "look", missing)
    made = stage.plan()
    assert not made.looked
    assert [(check.name, check.fix) for check in made.checks] == [("bucket", "make it")]
