"""Before a handler is imported: the packages that it asks for, and its secrets, in our own image as in SageMaker's."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path
from textwrap import dedent

import pytest
from fakes.serving import Start
from fakes.wheels import wheel

from tradewind.serving.preparing import cloud

SRC = Path(__file__).parents[2] / "src"
HANDLER = """
    import os
    SECRET = os.environ.get("TOKEN")
    def predict(model, inputs):
        if inputs == "boom":
            raise ValueError(f"{SECRET} was refused")
        return SECRET == "s3cr3t-value"
"""
SDK = """
    class Client:
        def __init__(self, service, region): self.said = (service, region)
        def get_secret_value(self, SecretId):
            if SecretId.endswith("gone"):
                raise KeyError("s3cr3t-value")
            assert self.said == ("secretsmanager", "eu-west-1"), self.said
            return {"SecretString": "s3cr3t-value"}
    def client(service, region_name): return Client(service, region_name)
"""


@pytest.fixture
def sdk(tmp_path: Path) -> Path:
    (tmp_path / "boto3.py").write_text(dedent(SDK))
    return tmp_path


@pytest.mark.parametrize("said", ["arn:aws:secretsmanager:eu-west-1:1:secret:x", "by/name"])
def test_secrets_are_there_when_the_handler_is_imported_and_nowhere_else(start: Start, sdk: Path, said: str) -> None:
    words = {"TW_SECRETS": f'{{"TOKEN": "{said}"}}', "AWS_REGION": "eu-west-1", "PYTHONPATH": f"{sdk}:{SRC}"}
    server = start(HANDLER, **words)
    assert server.post("x").body == b"true"
    failed = server.post("boom")
    assert (failed.status, failed.message) == (500, "*** was refused")
    assert server.stop() == 0
    assert "s3cr3t-value" not in server.log_file.read_text()


def test_a_secret_that_is_missing_ends_the_start_by_its_name(start: Start, sdk: Path, tmp_path: Path) -> None:
    words = {"TW_SECRETS": '{"TOKEN": "arn:aws:secretsmanager:eu-west-1:1:secret:gone", "OTHER": "env:NOT_HERE"}'}
    reason = tmp_path / "reason"
    server = start(HANDLER, wait=False, **words, PYTHONPATH=f"{sdk}:{SRC}", TW_FAILURE_FILE=str(reason))
    assert server.process.wait(20) == 1
    said = server.log()[-1]["message"]
    assert "TOKEN: arn:aws:secretsmanager:eu-west-1:1:secret:gone cannot be read: KeyError" in said
    assert "OTHER: the environment has no value" in said
    assert reason.read_text() in said
    assert "s3cr3t-value" not in server.log_file.read_text()


def test_names_alone_are_of_values_that_are_there(start: Start) -> None:
    assert start(HANDLER, TW_SECRETS="TOKEN,OTHER", TOKEN="s3cr3t-value").post("x").body == b"true"


def test_secrets_that_are_not_json(start: Start, tmp_path: Path) -> None:
    server = start(HANDLER, wait=False, TW_SECRETS="{TOKEN", TW_FAILURE_FILE=str(tmp_path / "reason"))
    assert server.process.wait(20) == 2
    assert (tmp_path / "reason").read_text() == "TW_SECRETS is not JSON"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("python") / "venv"
    venv.create(folder, with_pip=True)
    return str(folder / "bin" / "python")


def test_requirements_are_installed_while_health_says_no(start: Start, python: str, tmp_path: Path) -> None:
    handler = "import tiny_dep\ndef predict(model, inputs): return tiny_dep.VERSION"
    words = {"TW_REQUIREMENTS": "requirements.txt", "TW_INDEX": str(wheel(tmp_path / "wheels"))}
    server = start(handler, files={"requirements.txt": "tiny-dep\n"}, python=python, path=SRC, wait=False, **words)
    server.until(lambda: bool(server.log()))
    assert server.ask("GET", "/ping").status == 503
    server.until(lambda: server.ask("GET", "/ping").status == 200, 60)
    assert server.post("x").body == b'"1.0"'
    assert [line["message"] for line in server.log()].count("installing requirements.txt") == 1


def test_requirements_that_cannot_be_had(start: Start, python: str, tmp_path: Path) -> None:
    words = {"TW_REQUIREMENTS": "requirements.txt", "TW_INDEX": str(wheel(tmp_path / "wheels"))}
    files = {"requirements.txt": "tiny-dep==9\n"}
    server = start("def predict(model, inputs): ...", files=files, python=python, path=SRC, wait=False, **words)
    assert server.process.wait(60) == 1
    assert "requirements could not be installed from" in server.log()[-1]["message"]


def test_who_may_not_write_to_the_image_installs_to_a_folder_of_the_container(tmp_path: Path) -> None:
    """An image that runs without root; what it brings itself still counts as installed."""
    base = getattr(sys, "_base_executable", sys.executable)
    if subprocess.run([base, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        pytest.skip("the Python below this environment has no pip: installing without root is NOT tested")
    (tmp_path / "requirements.txt").write_text("tiny-dep\n")
    script = f"""
        import sys
        from tradewind.container import install
        install._writable = lambda: False
        install.install("requirements.txt", {str(wheel(tmp_path / "wheels"))!r}, {str(tmp_path)!r})
        assert "tiny_dep" not in sys.modules
        install.look_again()
        import tiny_dep
        print(tiny_dep.__file__)
        print(install.for_commands()["PYTHONUSERBASE"])
    """
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(SRC), "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    done = subprocess.run([base, "-c", dedent(script)], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    file, there = done.stdout.split()[-2:]
    assert file.startswith(there)
    assert there == str(tmp_path / "tmp" / "tradewind-packages")


def test_the_working_folder_is_the_code_s(start: Start) -> None:
    handler = "def predict(model, inputs): return open('beside.txt').read()"
    assert start(handler, files={"beside.txt": "hello"}).post("x").body == b'"hello"'


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"AIP_HTTP_PORT": "8080", "AWS_REGION": "x"}, "vertex"),
        ({"AZUREML_MODEL_DIR": "/m"}, "azureml"),
        ({"SAGEMAKER_PROGRAM": "x.py"}, "sagemaker"),
        ({"AWS_REGION": "us-east-1"}, "sagemaker"),
        ({"AWS_REGION": ""}, ""),
        ({}, ""),
    ],
)
def test_whose_container_it_is(environ: dict[str, str], name: str) -> None:
    assert cloud(environ) == name
