"""Writes the tables of gcp.md from the code that they are about: images, losses.

    python -m docs.providers.gcp_tables

How a table is marked, says `filling`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from docs.providers import filling
from tradewind.providers.gcp import images
from tradewind.providers.gcp import losses as lost
from tradewind.spec.clouds.gcp import GcpServe, GcpTrain
from tradewind.values import Artifact, Container, Hardware, Loss, Machine, Policy, Run, Serving, Version, Wanted

PAGE = Path(__file__).parent / "gcp.md"

_MACHINE, _GPU = Machine("n1-standard-4", 4, 15), Machine("g2-standard-4", 4, 16, "L4", 1)
_TPU = Machine("ct5lp-hightpu-4t", 112, 192, "TPU-V5E", 4)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_FOLDER, _ELSEWHERE = Artifact("gs://bucket/model", "sha256:1"), Artifact("s3://bucket/data", "sha256:1")
_HUB = Artifact("hf:org/name", "sha256:1")
_MARKS = "gs://bucket/marks"


def _box(**more: object) -> Container:
    return replace(Container("us-docker.pkg.dev/acme/ml/app", _MACHINE, Hardware()), **more)


def _run(box: Container | None = None, **more: object) -> Run:
    run = Run("job", "sha256:1", box or _box(), ("true",), {}, {}, "gs://bucket/out", None, _HOUR)
    return replace(run, **more)


def _want(box: Container | None = None, **more: object) -> Wanted:
    version = Version("a", "sha256:1", box or _box(), _FOLDER, Serving(handler="serve.py"))
    return Wanted("endpoint", (replace(version, **more),), {"a": 100})


def _asked() -> Iterator[Run | Wanted | Policy]:
    yield Policy("canary", (10,), _HOUR, _HOUR, 50, _HOUR, probe="request.json")
    yield from _endpoints()
    yield from _jobs()


def _endpoints() -> Iterator[Wanted]:
    large = Serving(handler="serve.py", timeout=_DAY, max_body=10**9, startup_timeout=_DAY)
    tensorflow = _box(image="vertex/prediction/tf2-cpu.2-15:latest", requirements="r.txt", secrets={"A": "a"})
    yield replace(_want(), mirror={"a": 10})
    yield _want(serving=large)
    yield _want(_box(options=GcpServe(endpoint="shared")), serving=large)
    yield _want(_box(options=GcpServe(spot=True, reservation="name")))
    yield _want(min=0, target=8, cooldown=_HOUR, scale_on={"gpu": 0.5})
    yield _want(_box(machine=_GPU), scale_on={"gpu": 0.5, "cpu": 0.5})
    yield _want(_box(hardware=Hardware(disk_gib=200)))
    yield _want(_box(env={"AIP_NAME": ""}))
    yield _want(_box(image="ghcr.io/acme/app"))
    yield _want(model=_ELSEWHERE)
    yield _want(model=_HUB)
    yield _want(tensorflow)
    yield _want(_box(image="vertex/training/xgboost-gpu.2-1:latest"))
    yield _want(_box(machine=_TPU, options=GcpServe(machine_type=_TPU.id)))


def _jobs() -> Iterator[Run]:
    queued, spot = GcpTrain(scheduling="flex_start"), {"spot": True, "checkpoint": _MARKS}
    yield _run(spot=True)
    yield _run(_box(options=GcpTrain(persistent_resource="name")), **spot)
    yield _run(_box(options=GcpTrain(reservation="name")), **spot)
    yield _run(_box(options=queued), **spot)
    yield _run(_box(options=queued), max_runtime=8 * _DAY)
    yield _run(_box(machine=_TPU, options=GcpTrain(machine_type=_TPU.id)), nodes=2, **spot)
    yield _run(_box(options=GcpTrain(retries=False, restart_on_worker_restart=True)))
    yield _run(max_runtime=8 * _DAY)
    yield _run(nodes=2, launcher="mpi")
    yield _run(inputs={"NAME": _ELSEWHERE}, checkpoint="s3://bucket/marks")
    yield _run(_box(env={"AIP_NAME": "", "CLUSTER_SPEC": ""}, secrets={"AIP_KEY": "a"}))
    yield _run(_box(env={f"V{n}": "" for n in range(200)}), tags={f"t{n}": "" for n in range(200)})
    yield _run(_box(hardware=Hardware(disk_gib=100_000)))
    yield _run(_box(hardware=Hardware(gpus=(("MI300X", 1),))))
    yield _run(_box(image="ghcr.io/acme/app"))
    yield _run(_box(image="vertex/training/sklearn-cpu.1-6:latest", python="3.12"))


def _lost() -> Iterator[Loss]:
    for it in _asked():
        run, want, policy = (it if isinstance(it, kind) else None for kind in (Run, Wanted, Policy))
        yield from lost.losses(run, want, policy)


def losses() -> Iterator[str]:
    return filling.losses("Vertex AI", "gcp", _lost())


def ready_made() -> Iterator[str]:
    """The newest of each framework, use and processor."""
    yield f"| framework | for | on | image | Python | available until (known on {images.date()}) |"
    yield "|---|---|---|---|---|---|"
    for use, verb in (("train", "training"), ("serve", "serving")):
        for framework in images.frameworks(use):
            for machine in (_MACHINE, _GPU):
                try:
                    found = images.find(images.resolve(framework, None, machine, use))
                except images.NoImageError:
                    continue
                assert found is not None
                shown = f"`{found.written.rpartition('/')[2]}`"
                until = f"**{found.ends}, over**" if images.gone(found.written) else found.ends or "not said"
                python = found.python or "not said"
                yield f"| {framework} {found.version} | {verb} | {found.processor} | {shown} | {python} | {until} |"


TABLES: filling.Tables = {"images": ready_made, "losses": losses}


def filled(page: str) -> str:
    """The page with every table written anew."""
    return filling.filled(page, TABLES, "docs.providers.gcp_tables")


def main() -> None:
    PAGE.write_text(filled(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
