"""Help of every verb, and what it costs to show it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from fakes.shell import deploy, process, walk

import tradewind
from tradewind.cli.examples import EXAMPLES
from tradewind.cli.main import main
from tradewind.cli.verbs import COST, ENDPOINT, INFRA, ROOT, SANDBOX, TRAIN

IDS = [" ".join(words) for words in walk()]


@pytest.mark.parametrize("words", walk(), ids=IDS)
def test_every_verb_has_help_with_shared_options(words: Sequence[str]) -> None:
    said = deploy(*words, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: deploy {' '.join(words)} ")
    if words not in (["train"], ["endpoint"], ["sandbox"], ["cost"], ["infra"]):
        assert "Shared options:" in said.out
        assert "--output" in said.out


@pytest.mark.parametrize("words", walk(), ids=IDS)
def test_the_line_in_the_table_fits_its_column(words: Sequence[str]) -> None:
    groups = {"train": TRAIN, "endpoint": ENDPOINT, "sandbox": SANDBOX, "cost": COST, "infra": INFRA}
    entry = groups[words[0]][words[1]] if len(words) > 1 else ROOT[words[0]]
    assert len(entry.help) < 72
    assert entry.help.endswith((".", ")."))


def test_root_help_lists_every_verb_and_no_other() -> None:
    said = deploy("--help").out
    for name, entry in ROOT.items():
        assert f"  {name}" in said
        assert entry.help.split("(")[0].strip() in " ".join(said.split())


def test_version() -> None:
    assert deploy("--version").out == f"tradewind {tradewind.__version__}\n"


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["train", "--help"], ["plan", "--help"], ["nonsense"]])
def test_help_and_slips_import_nothing_heavy(words: list[str]) -> None:
    """A guard by what is imported, since a guard by time depends on the machine."""
    code = (
        "import sys, json\nfrom tradewind.cli.main import main\n"
        "try:\n    main(sys.argv[1:], prog_name='deploy')\nexcept SystemExit:\n    pass\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}
    if words != ["nonsense"]:  # an error is a value of ours, and those stand on nothing heavy either
        assert "pydantic" not in loaded
    heavy = {"rich", "yaml", "aiohttp", "uvicorn", "numpy", "sklearn", "boto3", "psutil", "asyncio", "platformdirs"}
    assert not loaded & heavy


def test_module_and_console_script_are_the_same_command() -> None:
    assert process("--version").out == deploy("--version").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str) -> None:
    said = deploy("completion", shell)
    assert said.code == 0
    assert "_DEPLOY_COMPLETE" in said.out


def complete(words: str, word: str, **env: str) -> list[str]:
    """What bash would be offered for the last word."""
    line = f"deploy {words}".split()
    said = process(env={"_DEPLOY_COMPLETE": "bash_complete", "COMP_WORDS": " ".join([*line, word]),
                        "COMP_CWORD": str(len(line)), **env})  # fmt: skip
    return [line.partition(",")[2] for line in said.out.splitlines() if line]


def test_completion_of_verbs_codes_and_providers() -> None:
    assert complete("", "pl") == ["plan"]
    assert complete("endpoint", "r") == ["rollback"]
    assert "TW900" in complete("explain", "TW9")
    assert complete("plan --provider", "lo") == ["local"]


def test_completion_of_environments_reads_the_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deploy.yaml").write_text("name: x\nenvironments: {staging: {}, production: {}}\n")
    monkeypatch.chdir(tmp_path)
    assert complete("plan --env", "") == ["staging", "production"]
    assert complete("up --env", "pro") == ["production"]
    (tmp_path / "deploy.yaml").write_text("{ broken")
    assert complete("plan --env", "") == []


def test_every_verb_shows_examples_that_parse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsed, not run: a word that no option or argument takes would be a usage error."""
    monkeypatch.chdir(tmp_path)
    Path("model").mkdir()
    Path("serve.py").touch()
    verbs = {" ".join(words) for words in walk()} - {"train", "endpoint", "sandbox", "cost", "infra"}
    assert set(EXAMPLES) == verbs
    for verb, examples in EXAMPLES.items():
        shown = deploy(*verb.split(), "--help").out
        for example in examples:
            assert f"  {example}\n" in shown
            command = example.partition("$(")[2].partition(")")[0] or re.split(r" [|<>#] ?", example)[0]
            _program, *words = shlex.split(command) if len(command.split()) > 1 else ["deploy", "up"]
            command_of: Any = main
            ctx = click.Context(main)
            for word in verb.split():
                assert words.pop(0) == word
                found = command_of.get_command(ctx, word)
                assert found is not None
                command_of = found
            command_of.make_context(verb, words).close()
