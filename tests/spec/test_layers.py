"""What is laid over the file: environments, overrides, variables; and what of it may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tradewind.errors import SpecError
from tradewind.spec import Spec, loads

BASE = """\
name: a
train: {command: x, framework: sklearn, parameters: {a: 1, b: 2}, hardware: {cpus: 2, gpu: {name: L4, count: 2}}}
serve: {replicas: {min: 1, max: 4, target: {concurrency: 8, cooldown: 1m}}, rollout: {steps: [10, 50]}}
env: {A: "1", B: "2"}
foundation: {root: s3://dev/x, kms_key: k}
"""


def laid(over: str, **more: Any) -> Spec:
    return loads(f"{BASE}environments:\n  e: {over}\n", "d.yaml", environment="e", environ={}, **more)


def wrong(text: str, environ: Mapping[str, str] | None = None, **more: Any) -> str:
    with pytest.raises(SpecError) as caught:
        loads(text, "d.yaml", environ=environ or {}, **more)
    return str(caught.value)


def test_maps_merge_and_lists_replace() -> None:
    spec = laid("{train: {parameters: {b: 3, c: 4}}, serve: {rollout: {steps: [25]}}, env: {C: x}}")
    assert spec.train is not None
    assert spec.serve is not None
    assert spec.serve.rollout is not None
    assert spec.train.parameters == {"a": 1, "b": 3, "c": 4}
    assert spec.serve.rollout.steps == (25,)
    assert spec.env == {"A": "1", "B": "2", "C": "x"}


def test_one_of_keys_replace() -> None:
    spec = laid(
        "{foundation: {stack: prod}, train: {image: a/b, hardware: {gpu: {memory: 40GiB}}}, "
        "serve: {replicas: {target: {cpu: 70%}}}}"
    )
    assert spec.foundation is not None
    assert spec.train is not None
    assert spec.serve is not None
    assert spec.serve.replicas.target is not None
    assert (spec.foundation.stack, spec.foundation.root, spec.foundation.kms_key) == ("prod", None, None)
    assert (spec.train.image, spec.train.framework, spec.train.hardware.cpus) == ("a/b", None, 2)
    assert spec.train.hardware.gpu[0].name is None
    assert (spec.serve.replicas.target.cpu, spec.serve.replicas.target.concurrency) == (0.7, None)
    assert spec.serve.replicas.target.cooldown is not None


def test_null_takes_away() -> None:
    spec = laid("{serve: null, env: {A: null, NEVER: null}, foundation: null}")
    assert spec.serve is None
    assert spec.env == {"B": "2"}
    assert spec.foundation is None
    assert "serve.replcas: unknown key" in wrong(f"{BASE}environments: {{e: {{serve: {{replcas: null}}}}}}\n")


def test_an_unknown_environment() -> None:
    text = f"{BASE}environments: {{prod: {{}}, dev: {{}}}}\n"
    said = wrong(text, environment="prd")
    assert "no environment 'prd'; it has prod, dev (did you mean 'prod'?)" in said
    assert "it has no `environments:`" in wrong(BASE, environment="prod")
    assert loads(text, environment="default", environ={}) == loads(BASE, environ={})


def test_every_environment_is_checked_whichever_is_chosen() -> None:
    text = f"{BASE}environments:\n  e: {{train: {{spot: true}}}}\n  f: {{train: {{nodes: 0}}}}\n"
    for environment in (None, "e", "f"):
        said = wrong(text, environment=environment).splitlines()
        assert said[0].startswith("d.yaml:7:21: "), said
        assert "needs `checkpoint: {}`" in said[0]
        assert said[1].startswith("d.yaml:8:22: "), said
        assert len(said) == 2


def test_what_is_required_may_come_from_the_environment() -> None:
    text = "name: a\ntrain: {nodes: 2}\nenvironments: {e: {train: {command: x}}}\n"
    assert loads(text, environment="e", environ={}).name == "a"
    assert "d.yaml:2:1: train.command: is required" in wrong(text)


@pytest.mark.parametrize(
    ("environments", "said"),
    [
        ("[a]", "environments: must be keys and values"),
        ("{e: 3}", "environments.e: must be keys and values"),
        ("{default: {}}", "environments.default: is what is meant where no environment is said"),
        ("{'a b': {}}", "environments.a b: an environment's name is"),
        ("{e: {environments: {}}}", "environments.e.environments: unknown key"),
        (f"{{{', '.join(f'e{i}: {{}}' for i in range(60))}}}", "environments: are more than 50"),
    ],
)
def test_environments_that_are_none(environments: str, said: str) -> None:
    assert said in wrong(f"{BASE}environments: {environments}\n")


def test_overrides_are_yaml_and_the_last_wins() -> None:
    sets = [
        "serve.replicas.max=9",
        "serve.replicas.max=5",
        "serve.rollout.steps=[1, 2]",
        "env.A=",
        "train.max_runtime=3h",
        "env.N=007",
    ]
    spec = laid("{serve: {replicas: {max: 6}}}", sets=sets)
    assert spec.serve is not None
    assert spec.serve.rollout is not None
    assert (spec.serve.replicas.max, spec.serve.rollout.steps, spec.env) == (5, (1, 2), {"B": "2", "N": "007"})


def test_a_default_inside_of_a_default_is_refused() -> None:
    """It would be filled in as the text ${B}."""
    said = wrong("name: a\nenv: {A: '${NOPE:-${B}}'}\n", {"B": "x"})
    assert "d.yaml:2:10: env.A: the default of ${NOPE} cannot hold another ${...}" in said


def test_a_suggestion_is_never_what_was_written() -> None:
    assert "did you mean" not in wrong("name: a\nenvironments: {e: {environments: {}}}\n")
    assert "(got 'sklearn:latest'; did you mean 'sklearn'?)" in wrong(
        "name: a\ntrain: {command: x, framework: 'sklearn:latest'}\n"
    )


def test_overrides_are_laid_like_environments() -> None:
    spec = loads(
        BASE,
        sets=[
            "foundation={file: f.json}",
            "train.image=a/b",
            "serve.replicas.target.requests=5",
            "train.inputs.x=s3://a/b",
        ],
        environ={},
    )
    assert spec.foundation is not None
    assert spec.train is not None
    assert spec.foundation.root is None
    assert spec.train.framework is None
    assert spec.train.inputs["x"].uri == "s3://a/b"


@pytest.mark.parametrize(
    "text", ["#fff", "*.txt", "&x", "!x", "@x", "a: b", "x # y", "- a", "|", "%d", "it's", "a=b", "=", "1,2"]
)
def test_nothing_of_an_override_is_lost_as_yaml(text: str) -> None:
    assert loads(BASE, sets=[f"env.X={text}"], environ={}).env["X"] == text
    assert loads(BASE, sets=[f'env.X="{text}"'], environ={}).env["X"] == text


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("serve.replicas.mx=3", "--set serve.replicas.mx=3: serve.replicas.mx: unknown key (did you mean 'max'?)"),
        ("train.max_runtime=3 hours", "(got '3 hours'; did you mean '3h'?)"),
        ("nodes", "--set nodes: is not of the form a.b=value"),
        ("=3", "--set =3: is not of the form"),
        ("a..b=3", "is not of the form"),
        ("train.nodes=[1", "--set train.nodes=[1: is not YAML"),
        ("environments.e.name=x", "environments are not overridden"),
        ("train.command=", "train.command: is required"),
        ("name=a: b", "--set name=a: b: "),
    ],
)
def test_wrong_overrides_say_so(override: str, said: str) -> None:
    found = wrong(BASE, sets=[override])
    assert said in found
    assert "d.yaml" not in found or override == "train.command="


VARIABLES = """\
name: ${PROJECT}
description: "$${kept} ${PLACE:-here} ${EMPTY:-full} ${EMPTY}."
train:
  command: echo $HOME {rate}
  nodes: ${NODES}
  spot: "${SPOT:-false}"
  source: ${PROJECT}/code
  parameters: {rate: "${RATE}", version: "${VERSION}"}
  hardware: {cpus: "${NODES}", gpu: "${GPU}", memory: "${MEMORY:-4GiB}"}
"""


def test_variables_are_filled_in_and_read_as_what_is_wanted() -> None:
    environ = {"PROJECT": "churn", "EMPTY": "", "NODES": "4", "RATE": "1e-3", "VERSION": "v1", "GPU": "L4:2"}
    spec = loads(VARIABLES, environ=environ)
    assert spec.train is not None
    assert (spec.name, spec.description) == ("churn", "${kept} here full .")
    assert spec.train.command == "echo $HOME {rate}"
    assert (spec.train.nodes, spec.train.spot, spec.train.source) == (4, False, "churn/code")
    assert spec.train.parameters == {"rate": 0.001, "version": "v1"}
    assert (spec.train.hardware.cpus, spec.train.hardware.gpu[0].count) == (4, 2)
    assert type(spec.name) is str
    assert type(spec.train.nodes) is int


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("${NOPE}", "d.yaml:2:14: description: the variable NOPE is not set; set it, or write ${NOPE:-default}"),
        ("${}", "a variable is written ${NAME} or ${NAME:-default}"),
        ("${open", "a variable is written ${NAME}"),
        ("${HF_TOKEN}", "${HF_TOKEN} looks like a secret"),
        ("${DB_PASSWORD:-x}", "${DB_PASSWORD} looks like a secret"),
        ("${MINE}", "${MINE} looks like a secret"),
        ("${BYTES}", "the variable BYTES holds bytes that are not UTF-8"),
    ],
)
def test_wrong_variables(value: str, said: str) -> None:
    environ = {"HF_TOKEN": "hf_value", "DB_PASSWORD": "hunter2", "MINE": "own-value", "BYTES": "a\udcff"}
    found = wrong(f"name: a\ndescription: {value}\nsecrets: [MINE]\n", environ)
    assert said in found
    assert not {word for word in environ.values() if word in found}


def test_the_value_of_a_variable_is_not_repeated_in_an_error() -> None:
    found = wrong("name: ${N}\n", {"N": "what nobody should see"})
    assert "nobody" not in found
    assert "got '${N}'" in found


def test_variables_of_other_environments_need_not_be_set() -> None:
    over = "{train: {nodes: '${CI_NODES}', source: '${CI}'}, name: '${X}'}"
    text = f"name: a\ntrain: {{command: x, nodes: 2}}\nenvironments: {{ci: {over}}}\n"
    assert loads(text, environ={}).name == "a"
    assert "CI_NODES is not set" in wrong(text, environment="ci")
    assert "environments.ci.train.nodes: must be a whole number" in wrong(text, {"CI_NODES": "two"})


@pytest.mark.parametrize(
    "name", ["HF_TOKEN", "db_password", "API_KEY", "AWS_SECRET_ACCESS_KEY", "KEY", "MY_APIKEY", "GH_PASS"]
)
def test_what_looks_like_a_secret_is_refused_and_not_shown(name: str) -> None:
    found = wrong(
        f"name: a\nenv: {{{name}: hunter2}}\ntrain: {{command: x, env: {{{name}: [hunter2]}}}}\n",
        sets=[f"env.{name}=hunter2"],
    )
    assert f"name it under `secrets: [{name}]`" in found
    assert "hunter2" not in found


@pytest.mark.parametrize("name", ["TOKENIZERS_PARALLELISM", "MONKEY", "MAX_TOKENS", "PWD", "COMPASS"])
def test_what_only_sounds_like_one_is_not(name: str) -> None:
    assert loads(f"name: a\nenv: {{{name}: x}}\n", environ={}).env == {name: "x"}


def test_a_value_under_secrets_is_not_shown() -> None:
    found = wrong("name: a\nsecrets: [HF_TOKEN=hunter2, {A: hunter2}]\n")
    assert "secrets[0]: a variable's name is" in found
    assert "hunter2" not in found
    assert "is under `env` as well" in wrong("name: a\nenv: {A: x}\nsecrets: [A]\n")


@pytest.mark.parametrize("index", ["https://user:hunter2@host/simple", "https://hunter2@host/simple"])
def test_an_index_carries_no_login(index: str) -> None:
    found = wrong(f"name: a\nruntime: {{index: '{index}'}}\n")
    assert "PIP_INDEX_URL" in found
    assert "hunter2" not in found
    assert "hunter2" not in wrong("name: a\n", sets=[f"runtime.index={index}"])
