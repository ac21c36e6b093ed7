"""The shim under SageMaker's published toolkits: through their module import, transformers and servers' Python halves.

Each answer is compared with what our own server gives for the same request: status, content type and every byte.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path
from textwrap import dedent

import joblib
import numpy as np
import pytest
from fakes import shims, toolkits
from fakes.serving import Start
from fakes.shims import Case
from sklearn.linear_model import LogisticRegression

from tradewind.providers.aws import shim_environment
from tradewind.values import Artifact, Container, Hardware, Machine, Serving, Version

EXAMPLES = Path(__file__).parents[2] / "examples"
IMAGES = {
    "huggingface": "sagemaker/huggingface-pytorch-inference:2.6.0",
    "pytorch": "sagemaker/pytorch-inference:2.6.0",
    "scikit-learn": "sagemaker/sagemaker-scikit-learn:1.9-0",
    "sagemaker-inference": "sagemaker/pytorch-inference:2.6.0",
    "without a context": "sagemaker/pytorch-inference:1.10.0",
}
KNOWN = sorted(set(toolkits.TOOLKITS) - {"without a context"})

pytestmark = pytest.mark.long


@pytest.fixture
def interpreter(request: pytest.FixtureRequest) -> str:
    return toolkits.python(request.getfixturevalue("toolkit"), request.config.cache.mkdir("toolkits"))


def environment(toolkit: str, folder: Path, model: Path, code: Path | None, **words: str) -> dict[str, str]:
    """What the provider gives the container, with the container's folders in `folder`."""
    box = Container(IMAGES[toolkit], Machine("ml.m5.large", 2, 8), Hardware())
    version = Version("a", "sha256:1", box, Artifact("s3://b/m", "sha256:2"), Serving())
    said = shim_environment.environment(version)
    code_words = {"TW_CODE_DIR": str(code)} if code else {}
    return {
        **said,
        "PYTHONPATH": shims.PATH,
        "SAGEMAKER_SUBMIT_DIRECTORY": str(shims.CODE),
        "SAGEMAKER_BASE_DIR": str(folder / "ml"),
        "TMPDIR": str(folder),
        "TW_SHIM_LOG": str(folder / "log"),
        "TW_MODEL_DIR": str(model),
        "TW_LEASH_LINGER": "0",
        "TW_ACCESS_LOG": "0",
        **code_words,
        **words,
    }


@pytest.mark.parametrize("toolkit", KNOWN)
def test_every_answer_is_our_servers(toolkit: str, interpreter: str, start: Start, tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "serve.py").write_text(dedent(shims.HANDLER))
    for name, text in shims.FILES.items():
        (code / name).write_text(text)
    (tmp_path / "model").mkdir()
    env = environment(toolkit, tmp_path, tmp_path / "model", code, TW_HANDLER="serve.py", **shims.LIMITS)
    server = start(shims.HANDLER, files=shims.FILES, model=tmp_path / "model", **shims.LIMITS)
    answers = toolkits.drive(toolkit, interpreter, env, (*shims.CASES, Case(b'"broken"')))
    for case, answer in zip(shims.CASES, answers, strict=False):
        assert answer == shims.expected(server, case), str(case)
    assert answers[-1][0] == 500
    assert answers[-1][2].endswith(b'"message":"half way"}}\n')


@pytest.mark.parametrize("toolkit", ["without a context"])
def test_an_old_toolkit_gives_the_same_answers_and_statuses(
    toolkit: str, interpreter: str, start: Start, tmp_path: Path
) -> None:
    """It tells neither the caller's headers nor a missing `accept`, and writes a failure's body itself."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "serve.py").write_text(dedent(shims.HANDLER))
    (code / "beside.txt").write_text("hello")
    (tmp_path / "model").mkdir()
    env = environment(toolkit, tmp_path, tmp_path / "model", code, TW_HANDLER="serve.py", **shims.LIMITS)
    server = start(shims.HANDLER, files=shims.FILES, model=tmp_path / "model", **shims.LIMITS)
    asked = [case for case in shims.CASES if case.accept not in (None, "*/*")]
    for case, answer in zip(asked, toolkits.drive(toolkit, interpreter, env, asked), strict=True):
        wanted = shims.expected(server, case)
        assert answer[0] == wanted[0], str(case)
        if wanted[0] == 200 and b"beside" not in wanted[2]:  # which names the caller's headers too
            assert answer == wanted, str(case)


@pytest.mark.parametrize("toolkit", KNOWN)
def test_an_example_that_streams_is_gathered(toolkit: str, interpreter: str, start: Start, tmp_path: Path) -> None:
    example = EXAMPLES / "streaming"
    model = tmp_path / "model"
    model.mkdir()
    (model / "letters.json").write_text(json.dumps(letters("to be or not to be, that is the question ", 3)))
    code = tmp_path / "code"
    shutil.copytree(example, code, ignore=shutil.ignore_patterns("__pycache__"))
    env = environment(toolkit, tmp_path, model, code, TW_HANDLER="serve.py")
    server = start((example / "serve.py").read_text(), model=model, TW_ACCESS_LOG="0")
    body = json.dumps({"prompt": "to ", "length": 20, "seed": 1}).encode()
    cases = [Case(body), Case(body, accept="text/event-stream"), Case(body, accept="application/json")]
    for case, answer in zip(cases, toolkits.drive(toolkit, interpreter, env, cases), strict=True):
        wanted = shims.expected(server, case)
        assert wanted[0] == 200
        assert answer == wanted, str(case)


@pytest.mark.parametrize("toolkit", ["scikit-learn"])
def test_an_example_without_a_handler_is_loaded_by_us(
    toolkit: str, interpreter: str, start: Start, tmp_path: Path
) -> None:
    example = EXAMPLES / "tabular"
    rows = np.genfromtxt(example / "data" / "patients.csv", delimiter=",", skip_header=1)
    (tmp_path / "model").mkdir()
    joblib.dump(LogisticRegression(max_iter=5000).fit(rows[:, :-1], rows[:, -1]), tmp_path / "model" / "model.joblib")
    words = {"TW_FRAMEWORK": "sklearn", "TW_METHOD": "predict_proba"}
    env = environment(toolkit, tmp_path, tmp_path / "model", None, **words)
    server = start(model=tmp_path / "model", TW_ACCESS_LOG="0", **words)
    asked = (example / "request.json").read_bytes()
    plain = json.dumps(rows[:3, :-1].tolist()).encode()
    cases = [Case(asked), Case(asked, accept="text/csv"), Case(plain), Case(b"[[1, 2]]"), Case(b"1,x", "text/csv")]
    answers = toolkits.drive(toolkit, interpreter, env, cases)
    for case, answer in zip(cases, answers, strict=True):
        assert answer == shims.expected(server, case), str(case)
    assert [status for status, _, _ in answers][2:] == [200, 400, 400]


def letters(text: str, order: int) -> dict[str, object]:
    follows: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for at in range(len(text) - order):
        follows[text[at : at + order]][text[at + order]] += 1
    return {"order": order, "follows": follows}
