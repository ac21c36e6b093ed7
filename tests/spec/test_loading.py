"""deploy.yaml as people write it: the design's own example, every mistake at once with its place, what each form means."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tradewind.errors import Problem, SpecError
from tradewind.spec import Spec, environments, load, loads
from tradewind.spec.models import Gpu, Hardware, Replicas, Rollout, Train

EXAMPLE = Path(__file__).parent / "churn.yaml"


def problems(text: str, **more: Any) -> list[Problem]:
    with pytest.raises(SpecError) as caught:
        loads(text, "d.yaml", environ={}, **more)
    assert caught.value.code == "TW001"
    assert "deploy schema" in caught.value.hint
    return list(caught.value.problems)


def part(yaml: str) -> Train:
    spec = loads(f"name: a\ntrain: {{command: x, {yaml}}}\n", environ={})
    assert spec.train is not None
    return spec.train


def test_the_designs_example() -> None:
    spec = load(EXAMPLE, environ={})
    assert spec.train is not None
    assert spec.serve is not None
    assert spec.serve.rollout is not None
    assert (spec.name, spec.provider) == ("churn", "aws")
    assert spec.tags == {"team": "growth", "cost-center": "4711"}
    assert spec.train.hardware.cpus == 4
    assert spec.train.hardware.memory == 16 * 2**30
    assert [gpu.name for gpu in spec.train.hardware.gpu] == ["L4", "T4", "A10"]
    assert spec.train.inputs["train"].uri == "data/churn.csv"
    assert spec.train.checkpoint is not None
    assert spec.train.max_runtime == timedelta(hours=2)
    assert spec.serve.replicas.max == 4
    assert spec.serve.request.max_body == 6_000_000
    assert spec.serve.rollout.abort_if.error_rate == 0.01
    assert spec.serve.rollout.abort_if.p95 == timedelta(milliseconds=500)
    assert spec.budget is not None
    assert spec.budget.month is not None
    assert (spec.budget.month.amount, spec.budget.month.currency) == (1500, "USD")
    assert spec.accept == {"gcp": ("serve.request.max_body",)}
    assert spec.aws is not None
    assert spec.aws.train.keep_alive == timedelta(minutes=10)
    assert spec.gcp is not None
    assert spec.block("gcp") is spec.gcp
    assert spec.block("azure") is None
    assert spec.foundation is not None
    assert (spec.foundation.stack, spec.protect, spec.notes) == ("dev", False, ())


def test_the_designs_example_in_production() -> None:
    spec = load(EXAMPLE, environment="prod", environ={})
    assert spec.serve is not None
    assert spec.foundation is not None
    assert spec.aws is not None
    assert (spec.foundation.stack, spec.aws.region, spec.protect) == ("prod", "eu-west-1", True)
    assert (spec.serve.replicas.min, spec.serve.replicas.max) == (2, 4)
    assert spec.aws.train.keep_alive == timedelta(minutes=10)  # of the same block, not touched
    assert environments(EXAMPLE) == ("prod",)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no such file") as caught:
        load(tmp_path / "deploy.yaml", environ={})
    assert "deploy init" in caught.value.hint
    with pytest.raises(SpecError, match="cannot be read"):
        load(tmp_path, environ={})


WRONG = """\
name: 4x
provider: aws
trian: {command: x}
train:
  command: python t.py {epoch}
  comand: foo
  parameters: {epochs: 3}
  spot: true
  nodes: 0
  max_runtime: 2 hours
  hardware: {cpus: four, memory: 16, gpu: 1}
  inputs: {train: http://x/y, d: {url: x}}
  framework: scikit-learn:1.5
  launcher: torch
serve:
  replicas: {min: 3, max: 2, target: {concurrency: 1, cpu: 70}}
  rollout: {strategy: canry, steps: [50, 10, 100]}
  mode: async
budget: {run: 20}
foundation: {stack: a, file: b}
sagemaker: {region: x}
aws: {regoin: us-east-1, train: {keep_alive: 10}}
environments:
  prod: {serve: {replicas: {mni: 2}}, train: {spot: maybe}}
"""
EXPECTED = [
    (1, 7, "name", ""),
    (3, 1, "trian", "train"),
    (5, 12, "train.command", "{epochs}"),
    (6, 3, "train.comand", "command"),
    (8, 9, "train.spot", ""),
    (9, 10, "train.nodes", ""),
    (10, 16, "train.max_runtime", "2h"),
    (11, 20, "train.hardware.cpus", ""),
    (11, 34, "train.hardware.memory", "16GiB"),
    (11, 43, "train.hardware.gpu", "{name: L4, count: 1}"),
    (12, 19, "train.inputs.train", ""),
    (12, 31, "train.inputs.d.uri", ""),
    (12, 35, "train.inputs.d.url", "uri"),
    (13, 14, "train.framework", "sklearn:1.5"),
    (14, 13, "train.launcher", "torchrun"),
    (16, 27, "serve.replicas.max", ""),
    (16, 60, "serve.replicas.target.cpu", "70%"),
    (17, 23, "serve.rollout.strategy", "canary"),
    (17, 46, "serve.rollout.steps[2]", ""),
    (18, 3, "serve.mode", ""),
    (19, 15, "budget.run", "20 USD"),
    (20, 30, "foundation.file", ""),
    (21, 1, "sagemaker", "aws"),
    (22, 7, "aws.regoin", "region"),
    (22, 46, "aws.train.keep_alive", "10s"),
    (24, 29, "environments.prod.serve.replicas.mni", "min"),
    (24, 53, "environments.prod.train.spot", ""),
]


def test_every_mistake_of_a_file_comes_at_once_in_order_with_its_place() -> None:
    found = problems(WRONG)
    assert [(p.line, p.column, p.path, p.suggestion) for p in found] == EXPECTED
    assert str(found[6]).startswith("d.yaml:10:16: train.max_runtime: a duration is written like 90s, 5m, 2h")
    assert str(found[6]).endswith("(got '2 hours'; did you mean '2h'?)")
    assert "reserved for a later version" in found[19].message


def test_a_wrong_value_hides_no_rule_and_makes_none() -> None:
    """`checkpoint: treu` is the mistake; that spot needs one is not said on top of it."""
    found = problems("name: a\ntrain: {command: x, spot: true, checkpoint: treu}\n")
    assert [p.path for p in found] == ["train.checkpoint"]
    found = problems("name: a\nserve: {model: train, handler: 3}\nfoo: 1\n")
    assert [p.path for p in found] == ["serve.model", "serve.handler", "foo"]


@pytest.mark.parametrize(
    ("yaml", "gpus"),
    [
        ("gpu: L40S:4", (Gpu(name="L40S", count=4),)),
        ("gpu: [L4:1, T4:1]", (Gpu(name="L4"), Gpu(name="T4"))),
        ("gpu: {name: L40S, count: 4}", (Gpu(name="L40S", count=4),)),
        ("gpu: {memory: 24GiB+, count: 2}", (Gpu(memory=24 * 2**30, count=2),)),
        ("gpu: [A100, {memory: 80GiB}]", (Gpu(name="A100"), Gpu(memory=80 * 2**30))),
        ("gpu: []", ()),
    ],
)
def test_gpus(yaml: str, gpus: tuple[Gpu, ...]) -> None:
    assert part(f"hardware: {{{yaml}}}").hardware.gpu == gpus


@pytest.mark.parametrize("said", ["4", "4+", "'4'", "4.0"])
def test_cpus_are_at_least(said: str) -> None:
    assert part(f"hardware: {{cpus: {said}}}").hardware.cpus == 4


@pytest.mark.parametrize(
    ("model", "kind", "name", "version"),
    [
        ("train", "train", "train", ""),
        ("./model", "path", "./model", ""),
        ("s3://b/m", "uri", "s3://b/m", ""),
        ("churn@3", "registry", "churn", "3"),
        ("run:first", "run", "first", ""),
        ("hf:org/name", "huggingface", "org/name", ""),
        ("hf:gpt2@refs/pr/2", "huggingface", "gpt2", "refs/pr/2"),
        ("models:/churn/3", "mlflow", "churn/3", ""),
    ],
)
def test_models(model: str, kind: str, name: str, version: str) -> None:
    spec = loads(f"name: a\ntrain: {{command: x}}\nserve: {{model: '{model}'}}\n", environ={})
    assert spec.serve is not None
    assert (spec.serve.ref.kind, spec.serve.ref.name, spec.serve.ref.version) == (kind, name, version)


@pytest.mark.parametrize(
    ("yaml", "steps"),
    [
        ("{}", (10, 50)),
        ("{strategy: linear}", (25, 50, 75)),
        ("{strategy: blue_green}", ()),
        ("{strategy: all_at_once, steps: [10, 50]}", ()),
        ("{steps: [5]}", (5,)),
    ],
)
def test_steps_follow_the_strategy(yaml: str, steps: tuple[int, ...]) -> None:
    spec = loads(f"name: a\nserve: {{model: ./m, rollout: {yaml}}}\n", environ={})
    assert spec.serve is not None
    assert spec.serve.rollout is not None
    assert spec.serve.rollout.steps == steps


def test_as_many_at_most_as_at_least() -> None:
    spec = loads("name: a\nserve: {model: ./m, replicas: {min: 3}}\n", environ={})
    assert spec.serve is not None
    assert spec.serve.replicas == Replicas(min=3, max=3)
    assert Replicas(min=0).max == 1


@pytest.mark.parametrize(
    ("said", "meant"),
    [("sagemaker", "aws"), ("vertex", "gcp"), ("azureml", "azure"), ("acme", "acme"), ("local", "local")],
)
def test_providers_have_aliases(said: str, meant: str) -> None:
    spec = loads(
        f"name: a\nprovider: {said}\naccept: {{{said}: [train.spot]}}\ntrain: {{command: x, image: {{{said}: a/b}}}}\n",
        environ={},
    )
    assert spec.train is not None
    assert (spec.provider, list(spec.accept), spec.train.image) == (meant, [meant], {meant: "a/b"})


def test_an_alias_beside_its_name_does_not_win_silently() -> None:
    assert "names aws twice" in problems("name: a\naccept: {aws: [], sagemaker: [train.spot]}\n")[0].message


def test_unknown_providers_are_found_where_the_known_are_given() -> None:
    (found,) = problems("name: a\nprovider: acne\n", providers=["acme"])
    assert (found.line, found.column, found.suggestion) == (2, 11, "acme")
    assert loads("name: a\nprovider: acne\n", environ={}).provider == "acne"


def test_an_unknown_provider_hides_behind_no_other_problem_and_no_environment() -> None:
    text = "name: a\nprovider: ${P:-loca}\nnodess: 2\nenvironments:\n  prod: {provider: acne}\n"
    found = problems(text, providers=["acme"])
    assert [(p.line, p.column, p.suggestion) for p in found] == [(2, 11, "local"), (3, 1, ""), (5, 20, "acme")]
    assert [p.path for p in problems(text, providers=["acme"], environment="prod")][-1] == "provider"
    for fine in ("sagemaker", "vertex", "gcp", "acme"):
        assert loads(f"name: a\nprovider: {fine}\n", environ={}, providers=["acme"]).name == "a"


def test_arguments_win_over_the_file() -> None:
    spec = load(EXAMPLE, environ={}, provider="vertex", region="europe-west4")
    assert spec.gcp is not None
    assert (spec.provider, spec.gcp.region, spec.gcp.project) == ("gcp", "europe-west4", "acme-ml")
    with pytest.raises(SpecError, match="--region: local has no regions"):
        load(EXAMPLE, environ={}, provider="local", region="eu")
    with pytest.raises(SpecError, match=r"--region.*a Google region is written like"):
        load(EXAMPLE, environ={}, provider="gcp", region="nowhere at all")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("x {epochs}", ""),
        ("awk '{{print $1}}' $HOME", ""),
        ("x {epoch}", "{epoch} is no parameter of this run"),
        ("x ${epochs}", "${epochs} is not filled in here"),
        ("awk '{print $1}'", "a lone { at character 6"),
        ("x }", "a lone }"),
    ],
)
def test_commands(command: str, said: str) -> None:
    text = f'name: a\ntrain:\n  command: "{command}"\n  parameters: {{epochs: 3}}\n'
    if said:
        assert said in problems(text)[0].message
    else:
        loads(text, environ={})


def test_null_means_not_said() -> None:
    spec = loads("name: a\ntags:\nserve:\naws:\ntrain: {command: x, env: , hardware: , checkpoint: null}\n", environ={})
    assert spec == loads("name: a\ntrain: {command: x}\n", environ={})


def test_values_made_in_python_need_no_text() -> None:
    hardware = Hardware(memory=2**30, gpu=(Gpu(name="L4"),))
    spec = Spec(name="a", train=Train(command="x", hardware=hardware, max_runtime=timedelta(hours=1)))
    assert spec.train is not None
    assert spec.train.hardware.memory == 2**30
    assert Rollout(bake=timedelta(seconds=3)).bake == timedelta(seconds=3)
    with pytest.raises(ValueError, match="needs `checkpoint"):
        Train(command="x", spot=True)


def test_a_spec_can_be_made_dumped_and_copied() -> None:
    spec = Spec.model_validate({"name": "a", "aws": {"region": "us-east-1"}})
    assert spec.aws is not None
    assert spec.aws.region == "us-east-1"
    assert spec.model_dump(mode="json")["aws"]["region"] == "us-east-1"
    assert load(EXAMPLE, environ={}).model_dump(mode="json")["budget"]["run"] == {"amount": "20", "currency": "USD"}
    assert spec.model_copy(update={"provider": "aws"}).block("aws") == spec.aws
    with pytest.raises(ValueError, match="AWS region"):
        Spec.model_validate({"name": "a", "aws": {"region": "x"}})


def test_notes() -> None:
    spec = loads(
        "name: a\ntrain: {command: x, hardware: {gpu: L4OS}, parameters: {api_key: 1}}\nfoundation: {stack: dev}\n"
        "serve: {model: trian, rollout: {strategy: blue_green, steps: [1]}}\n"
        "accept: {gcp: [serve.request.maxbody]}\nenvironments: {p: }\n",
        environment="p",
        environ={},
    )
    for said in (
        "environment p has no foundation",
        "steps are not used",
        "did you mean L40S",
        "max_body",
        "api_key",
        "trian",
    ):
        assert any(said in note for note in spec.notes), said


def test_importing_is_cheap() -> None:
    """`tradewind.spec` itself brings nothing along; loading imports no cloud that the file does not name."""
    code = (
        "import sys, tradewind.spec as s; assert not {'pydantic', 'yaml'} & set(sys.modules); "
        "s.loads('name: a\\naws: {region: us-east-1}\\n', environ={}); "
        "print(sorted(m for m in sys.modules if m.startswith('tradewind.spec.clouds.')), 'jsonschema' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['tradewind.spec.clouds.aws'] False"
