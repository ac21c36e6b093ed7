"""Writes the tables of azure.md from the code that they are about: images, losses.

    python -m docs.providers.azure_tables

How a table is marked, says `filling`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from docs.providers import filling
from tradewind.providers.azure import images
from tradewind.providers.azure import losses as lost
from tradewind.spec.clouds.azure import AzureServe, AzureTrain
from tradewind.values import Artifact, Container, Hardware, Loss, Machine, Run, Serving, Version, Wanted

PAGE = Path(__file__).parent / "azure.md"

_MACHINE = Machine("Standard_F4s_v2", 4, 8)  # with a temporary disk of 32 GiB
_BARE = Machine("Standard_D4s_v5", 4, 16)  # without one, and not among the sizes that serve
_AMD = Machine("Standard_ND96isr_MI300X_v5", 96, 1850, "MI300X", 8)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_FOLDER, _ELSEWHERE = Artifact("az://container/model", "sha256:1"), Artifact("s3://bucket/data", "sha256:1")
_HUB = Artifact("hf:org/name", "sha256:1")
_MARKS = "az://container/marks"
_TENSORFLOW = f"{images.CURATED}tensorflow-2.16-cuda12/labels/latest"
_SKLEARN = f"{images.CURATED}sklearn-1.5/labels/latest"
_ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1"
_GOOGLE = "europe-docker.pkg.dev/acme/ml/app:1"


def _box(**more: object) -> Container:
    return replace(Container(_SKLEARN, _MACHINE, Hardware()), **more)


def _run(box: Container | None = None, **more: object) -> Run:
    run = Run("job", "sha256:1", box or _box(), ("true",), {}, {}, "az://container/out", None, _HOUR)
    return replace(run, **more)


def _want(box: Container | None = None, **more: object) -> Wanted:
    version = Version("a", "sha256:1", box or _box(), _FOLDER, Serving(handler="serve.py"))
    return Wanted("endpoint", (replace(version, **more),), {"a": 100})


def _asked() -> Iterator[Run | Wanted]:
    yield from _endpoints()
    yield from _jobs()


def _endpoints() -> Iterator[Wanted]:
    own = _box(image="acme.azurecr.io/app:1", requirements="r.txt", secrets={"A": "a"})
    yield replace(_want(), mirror={"b": 60})
    yield replace(_want(), mirror={"a": 10})
    yield replace(_want(), mirror={"b": 10, "c": 10})
    yield _want(serving=Serving(handler="serve.py", timeout=_HOUR))
    yield _want(_box(options=AzureServe(max_queue_wait=timedelta(minutes=1))))
    yield _want(target=8)
    yield _want(min=0, max=60, scale_on={"gpu": 0.5}, cooldown=timedelta(seconds=10))
    yield _want(_box(env={"AZUREML_MODEL_DIR": ""}))
    yield _want(model=_HUB)
    yield _want(_box(image=_TENSORFLOW), serving=Serving(framework="tensorflow"))
    yield _want(own)
    yield _want(own, serving=Serving())
    yield _want(_box(machine=_BARE, options=AzureServe(vm_size=_BARE.id)))
    yield _want(model=_ELSEWHERE)


def _jobs() -> Iterator[Run]:
    spot = {"spot": True, "checkpoint": _MARKS}
    yield _run(spot=True)
    yield _run(_box(options=AzureTrain(compute="name")), **spot)
    yield _run(max_runtime=8 * _DAY, **spot)
    yield _run(max_runtime=22 * _DAY)
    yield _run(nodes=101, launcher="mpi")
    yield _run(inputs={f"i{n}": _FOLDER for n in range(200)})
    yield _run(inputs={"NAME": _ELSEWHERE}, checkpoint="s3://bucket/marks")
    yield _run(_box(env={"MASTER_ADDR": ""}, secrets={"RANK": "https://v.vault.azure.net/secrets/r"}))
    yield _run(_box(secrets={"NAME": "arn:aws:secretsmanager:eu-west-1:1:secret:s"}))
    yield _run(_box(secrets={"NAME": "projects/p/secrets/s"}))
    yield _run(tags={f"t{n}": "" for n in range(60)})
    yield _run(tags={"NAME/" * 25: ""})
    yield _run(tags={"Team": "", "team": ""})
    yield _run(tags={"NAME": "x" * 300})
    yield _run(_box(hardware=Hardware(disk_gib=200)))
    yield _run(_box(machine=_BARE, hardware=Hardware(disk_gib=200)))
    yield _run(_box(hardware=Hardware(gpus=(("TPU-V5E", 1),))))
    yield _run(_box(machine=_AMD, options=AzureTrain(vm_size=_AMD.id)))
    yield _run(_box(python="3.12"))
    yield _run(_box(image=_ECR))
    yield _run(_box(image=_GOOGLE))
    yield _run(_box(image="acme.azurecr.io/app:1", options=AzureTrain(environment="name:1")))


def _lost() -> Iterator[Loss]:
    for it in _asked():
        run, want = (it if isinstance(it, kind) else None for kind in (Run, Wanted))
        yield from lost.losses(run, want, None)


def losses() -> Iterator[str]:
    return filling.losses("Azure ML", "azure", _lost())


def ready_made() -> Iterator[str]:
    yield f"| framework | for | GPUs | environment | Python (seen on {images.date()}) |"
    yield "|---|---|---|---|---|"
    for it in images.environments():
        verbs = " and ".join(verb for use, verb in (("train", "training"), ("serve", "serving")) if use in it.uses)
        name = f"{it.framework} {it.version}".strip()
        yield f"| {name} | {verbs} | {'yes' if it.cuda else 'no'} | `{it.environment}` | {it.python} |"


TABLES: filling.Tables = {"images": ready_made, "losses": losses}


def filled(page: str) -> str:
    """The page with every table written anew."""
    return filling.filled(page, TABLES, "docs.providers.azure_tables")


def main() -> None:
    PAGE.write_text(filled(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
