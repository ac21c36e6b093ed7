"""This machine as a ground, by Pulumi's mocks: the folder is there after an update, and not after a preview."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
import pulumi
class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args): return args.name, args.inputs
    def call(self, args): return {}
pulumi.runtime.set_mocks(Mocks(), preview=sys.argv[1] == "preview")
from tradewind.infra import program
from tradewind.infra.config import arguments
@pulumi.runtime.test
def go():
    made = program.build(arguments({"cloud": "local", "folder": sys.argv[2]}, "dev"))
    return made.root
go()
"""


@pytest.mark.parametrize("doing", ["preview", "up"])
def test_its_folder(doing: str, tmp_path: Path) -> None:
    folder = tmp_path / "ground"
    subprocess.run([sys.executable, "-c", PROGRAM, doing, str(folder)], check=True, timeout=60)
    path = folder / "tradewind" / "foundation.json"
    assert path.is_file() == (doing == "up")
    if doing == "up":
        said = json.loads(path.read_text())
        assert said == {
            "schema": "tradewind/foundation/1",
            "root": path.parent.as_uri(),
            "region": "local",
            "outputs": {},
        }
        assert list(path.parent.iterdir()) == [path]
