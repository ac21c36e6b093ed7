"""The attached providers' life, and what a test may do to them."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc  # type: ignore[import-untyped]
import pytest

from tests.sandbox.pulumi.talk import Talk
from tradewind.sandbox.pulumi import serve

BUCKET = "gcp:storage/bucket:Bucket"
INPUTS = {"name": "a-bucket", "location": "EU"}
PROGRAM = """
import sys
from pathlib import Path
from tests.sandbox.pulumi.talk import Talk
from tradewind.sandbox.pulumi import serve
with serve(azure=False, folder=Path(sys.argv[1])) as there:
    talk = Talk(there.ports["gcp"], project="acme-project")
    talk.create("gcp:storage/bucket:Bucket", {"name": "a-bucket", "location": "EU"})
    talk.close()
"""


def test_nothing_stays_when_it_ends(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with serve(folder=tmp_path) as there:
        assert (
            there.environ["PULUMI_DEBUG_PROVIDERS"]
            == f"gcp:{there.ports['gcp']},azure-native:{there.ports['azure-native']}"
        )
        talk = Talk(there.ports["gcp"])
        talk.create(BUCKET, INPUTS)
        talk.close()
    assert {it for it in set(threading.enumerate()) - before if it.name.startswith("pulumi")} == set()
    for port in there.ports.values():
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 1)


def test_a_program_ends_without_a_word(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_it_hears_loopback_alone(tmp_path: Path) -> None:
    with serve(folder=tmp_path) as there, socket.socket() as other:
        other.bind(("127.0.0.2", there.ports["gcp"]))  # taken, where it would listen on every address


def test_a_type_can_be_made_to_fail(tmp_path: Path) -> None:
    with serve(azure=False, folder=tmp_path) as there:
        talk = Talk(there.ports["gcp"])
        there.fail(BUCKET, "Error 403: not you")
        with pytest.raises(grpc.RpcError, match="Error 403: not you"):
            talk.create(BUCKET, INPUTS)
        there.fail(BUCKET, "")
        made = talk.create(BUCKET, INPUTS)
        there.lose("gcp", made.id)
        assert talk.read(made) is None
        assert set(there.creates.values()) == {1}
        talk.close()


def test_a_create_that_is_held_is_not_carried_out_when_the_provider_ends(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as other:
        with serve(azure=False, folder=tmp_path) as there:
            talk = Talk(there.ports["gcp"])
            held = there.hold(BUCKET)
            said = other.submit(talk.create, BUCKET, INPUTS)
            assert held.reached.wait(30)
        with pytest.raises(grpc.RpcError):
            said.result(30)
        talk.close()
    assert there.kept["gcp"].held() == {}


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    with serve(azure=False, folder=tmp_path) as there:
        talk = Talk(there.ports["gcp"])
        with ThreadPoolExecutor(16) as many:
            made = list(many.map(lambda n: talk.create(BUCKET, {**INPUTS, "name": f"b{n}"}), range(64)))
            assert len(there.kept["gcp"].held()) == 64
            list(many.map(talk.delete, made))
        assert there.kept["gcp"].held() == {}
        talk.close()
