"""What the command is told about its neighbours, and the argv of the launcher that was asked for."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import sys

from tradewind.training_jobs.errors import NOT_FOUND, BootstrapError
from tradewind.training_jobs.job import Job


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(job: Job, port: int) -> dict[str, str]:
    """TW_RANK and its like always; torch's names only where there are several nodes and no launcher that sets them.

    On one node they stay away: libraries take their presence for a distributed run.
    """
    words = {
        "TW_RANK": str(job.rank),
        "TW_NODES": str(job.nodes),
        "MASTER_ADDR": job.master_addr,
        "MASTER_PORT": str(port),
    }
    if job.nodes > 1 and job.launcher == "none":
        words.update(
            {
                "RANK": str(job.rank),
                "WORLD_SIZE": str(job.nodes),
                "NODE_RANK": str(job.rank),
                "LOCAL_RANK": "0",
                "LOCAL_WORLD_SIZE": "1",
            }
        )
    return words


def argv(job: Job, port: int) -> list[str]:
    """The command as it is executed on this node."""
    if job.launcher == "torchrun":
        return _torchrun(job, port)
    if job.launcher == "mpi":
        return _mpirun(job)
    return list(job.command)


def _torchrun(job: Job, port: int) -> list[str]:
    if not _importable("torch.distributed.run"):
        raise BootstrapError(
            f"launcher torchrun needs torch, which {sys.executable} does not have: "
            "add it to requirements, or use an image with PyTorch",
            NOT_FOUND,
        )
    return [
        sys.executable,
        "-m",
        "torch.distributed.run",
        f"--nnodes={job.nodes}",
        f"--node_rank={job.rank}",
        f"--nproc_per_node={job.processes or gpus() or 1}",
        f"--master_addr={job.master_addr}",
        f"--master_port={port}",
        "--no_python",  # the command may be any program, not only a script
        *job.command,
    ]


def _mpirun(job: Job) -> list[str]:
    mpirun = shutil.which("mpirun") or shutil.which("mpiexec")
    if not mpirun:
        raise BootstrapError("launcher mpi needs mpirun, which is not on PATH: use an image with MPI", NOT_FOUND)
    each = job.processes or gpus() or 1
    hosts = job.hosts or (job.master_addr,)
    if len(hosts) < job.nodes:
        raise BootstrapError(f"launcher mpi needs the names of all {job.nodes} nodes in TW_HOSTS", NOT_FOUND)
    listed = ",".join(f"{host}:{each}" for host in hosts) if job.nodes > 1 else ""
    return [mpirun, "-np", str(each * job.nodes), *(["--host", listed] if listed else []), *job.command]


def gpus() -> int:
    """Those that this process may use, without asking a driver."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([device for device in visible.split(",") if device.strip() not in ("", "-1")])
    folder = "/proc/driver/nvidia/gpus"
    return len(os.listdir(folder)) if os.path.isdir(folder) else 0


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:  # a parent package is not there
        return False
