"""Several nodes: real processes that talk over MASTER_ADDR and MASTER_PORT."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from fakes.container import Container

from tradewind.training_jobs import mpi
from tradewind.training_jobs.errors import BootstrapError

# Sums the ranks of all nodes at rank 0 and tells everyone, as an all-reduce would.
REDUCE = """
import json, os, socket, sys, time
rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
assert (os.environ["TW_RANK"], os.environ["TW_NODES"]) == (str(rank), str(world)), os.environ
assert (os.environ["NODE_RANK"], os.environ["LOCAL_RANK"], os.environ["LOCAL_WORLD_SIZE"]) == (str(rank), "0", "1")
address = (os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]))
if rank == 0:
    with socket.create_server(address) as server:
        others = [server.accept()[0] for _ in range(world - 1)]
        total = sum(json.loads(other.recv(100)) for other in others)
        for other in others:
            other.sendall(json.dumps(total).encode())
else:
    for _ in range(500):
        try:
            link = socket.create_connection(address)
            break
        except OSError:
            time.sleep(0.02)
    link.sendall(json.dumps(rank + 100).encode())
    total = json.loads(link.recv(100))
print("total", total)
open(os.environ["TW_MODEL_DIR"] + "/rank%d" % rank, "w").close()
"""

# Enough of torch.distributed.run: one process for each local rank, with the variables that torch sets.
TORCHRUN = """
import argparse, os, subprocess, sys
parser = argparse.ArgumentParser()
for name in ("nnodes", "node_rank", "nproc_per_node", "master_port"):
    parser.add_argument("--" + name, type=int)
parser.add_argument("--master_addr")
parser.add_argument("--no_python", action="store_true")
parser.add_argument("command", nargs=argparse.REMAINDER)
said = parser.parse_args()
def env(local):
    return dict(os.environ, RANK=str(said.node_rank * said.nproc_per_node + local), LOCAL_RANK=str(local),
        WORLD_SIZE=str(said.nnodes * said.nproc_per_node), LOCAL_WORLD_SIZE=str(said.nproc_per_node),
        NODE_RANK=str(said.node_rank), MASTER_ADDR=said.master_addr, MASTER_PORT=str(said.master_port))
workers = [subprocess.Popen(said.command, env=env(local)) for local in range(said.nproc_per_node)]
sys.exit(max(worker.wait() for worker in workers))
"""


def free_port() -> int:
    """One whose neighbour, the gate's under MPI, is free as well."""
    while True:
        with socket.socket() as found, socket.socket() as after:
            found.bind(("127.0.0.1", 0))
            port: int = found.getsockname()[1]
            with suppress(OSError, OverflowError):
                after.bind(("", port + 1))
                return port


def test_two_nodes_that_really_talk(any_python: Container) -> None:
    any_python.write(reduce=REDUCE)
    port = str(free_port())
    words = {"TW_NODES": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    nodes = [any_python.start("python reduce.py", TW_RANK=str(rank), **words) for rank in (1, 0)]
    ended = [node.communicate(timeout=60) for node in nodes]
    assert [node.returncode for node in nodes] == [0, 0], ended
    assert [out for out, _ in ended] == ["total 101\n"] * 2
    assert sorted(path.name for path in any_python.model.iterdir()) == ["manifest.json", "rank0", "rank1"]


def test_torchrun_on_two_nodes_of_two_processes(container: Container) -> None:
    package = container.folder / "site" / "torch" / "distributed"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text("")
    (package / "run.py").write_text(TORCHRUN)
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "NODE_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
    container.write(show=f"import json, os\nprint(json.dumps([os.environ[n] for n in {names}]) + chr(10), end='')")
    path = f"{container.runtime}:{container.folder / 'site'}"
    words = {"TW_NODES": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "2345", "PYTHONPATH": path}
    seen = []
    for rank in ("0", "1"):
        done = container.run("python show.py", TW_RANK=rank, TW_LAUNCHER="torchrun", TW_PROCESSES="2", **words)
        assert done.returncode == 0, done.stderr
        seen += [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(seen) == [
        [str(rank), "4", str(rank % 2), str(rank // 2), "2", "127.0.0.1", "2345"] for rank in range(4)
    ]


def test_torchrun_without_torch(container: Container) -> None:
    done = container.run("touch ran", TW_LAUNCHER="torchrun", CUDA_VISIBLE_DEVICES="")
    assert done.returncode == 127
    assert "launcher torchrun needs torch" in container.failure["reason"]
    assert not (container.folder / "code" / "ran").exists()


def mpirun(folder: Path) -> str:
    folder.mkdir()
    (folder / "mpirun").write_text('#!/bin/sh\necho "mpirun $@"\nexit 5\n')
    (folder / "mpirun").chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def test_mpi_starts_on_rank_0_and_the_others_end_as_it_did(container: Container) -> None:
    words = {
        "TW_NODES": "2", "TW_LAUNCHER": "mpi", "TW_HOSTS": "a,b", "MASTER_ADDR": "127.0.0.1", "TW_PROCESSES": "4",
        "MASTER_PORT": str(free_port()), "PATH": mpirun(container.folder / "bin"),
    }  # fmt: skip
    second = container.start("train", TW_RANK="1", **words, TW_FAILURE_FILE=str(container.folder / "second.json"))
    # Rank 0 may be over before rank 1 has come to wait, and stays for it.
    first = container.start("train", TW_RANK="0", **words)
    out, said = first.communicate(timeout=60)
    assert first.returncode == 5, said
    assert out == "mpirun -np 8 --host a:4,b:4 sh -c train\n"
    second.communicate(timeout=60)
    assert second.returncode == 5


def test_mpi_without_mpirun(container: Container) -> None:
    done = container.run("true", TW_LAUNCHER="mpi", PATH="/nonexistent")
    assert done.returncode == 127
    assert "needs mpirun" in container.failure["reason"]


def test_waiting_for_a_rank_0_that_never_comes() -> None:
    with pytest.raises(BootstrapError, match="did not answer"):
        mpi.wait_for("127.0.0.1", free_port(), sleep=lambda _: None, patience=0.1)


def test_a_rank_0_that_goes_without_a_word() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: server.accept()[0].close())
        thread.start()
        with pytest.raises(BootstrapError, match="without saying"):
            mpi.wait_for("127.0.0.1", server.getsockname()[1])
        thread.join()
