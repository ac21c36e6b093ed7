"""From the table's patterns to the things of one workload: what exactly IAM is asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from tradewind.providers.aws import actions, endpoint_names, secret_names
from tradewind.providers.aws.preflight import bucket
from tradewind.providers.aws.preflight.image import ECR
from tradewind.providers.aws.preflight.looking import Caller, Look
from tradewind.values import Container

Things = Callable[[str], Sequence[str]]


def things(look: Look, who: Caller) -> Things:
    """For a pattern of the table the ARNs that the workload touches; none where it touches nothing of the kind."""
    # SageMaker writes names into ARNs in small letters.
    job = look.run.name.lower() if look.run else ""
    name = look.want.name.lower() if look.want else job
    digest = look.want.versions[-1].digest if look.want and look.want.versions else ""
    version = endpoint_names.version(name, digest)
    place = actions.Place(
        look.session.region, who.account, name=name, partition=who.partition,
        role=next(iter(look.roles), ""), key=key(look, who) or "",
    )  # fmt: skip
    known: dict[str, Iterable[str]] = {
        actions.JOBS: (actions.JOBS.replace("{name}*", job),) if look.run else (),
        actions.MODELS: (actions.MODELS.replace("{name}*", version),) if look.want else (),
        actions.CONFIGS: (actions.CONFIGS.replace("{name}*", version),) if look.want else (),
        actions.ENDPOINTS: (actions.ENDPOINTS.replace("{name}*", name),) if look.want else (),
        actions.ENDPOINT_LOGS: (actions.ENDPOINT_LOGS.replace("{name}*", name),) if look.want else (),
        actions.ALARMS: (actions.ALARMS.replace("{name}*", f"{name}/x/errors"),),
        actions.TRACKING: (actions.TRACKING.replace("{name}*", f"{name}/variant/a-AlarmHigh"),),
        actions.BUCKET: tuple(f"arn:{{partition}}:s3:::{it}" for it in bucket.names(look)),
        actions.OBJECTS: tuple(_objects(look)),
        actions.IMAGES: tuple(_repositories(look)),
        actions.ROLE: tuple(look.roles),
        actions.SECRETS: tuple(_secrets(look, secret_names.secret)),
        actions.PARAMETERS: tuple(_secrets(look, secret_names.parameter)),
        actions.SECRET_KEYS: (),  # which key a secret is under is not ours to see, and under AWS's own none is needed
        actions.KEY: (place.key,) if place.key else (),
        actions.SUBNETS: tuple(actions.SUBNETS.replace("*", it) for it in _of_vpc(look, "subnets")),
        actions.GROUPS: tuple(actions.GROUPS.replace("*", it) for it in _of_vpc(look, "security_groups")),
    }
    return lambda pattern: tuple(dict.fromkeys(place.arn(it) for it in known.get(pattern, (pattern,))))


def conditions(look: Look) -> Iterator[actions.When]:
    """What the workload has, of that which not every one has."""
    containers = list(_containers(look))
    if look.want and any(version.max > version.min for version in look.want.versions):
        yield "autoscaling"
    if any(container.secrets for container in containers):
        yield "secrets"
    if look.ground.kms_key or look.training.volume_kms_key or look.training.output_kms_key or look.serving.kms_key:
        yield "kms"
    if _of_vpc(look, "subnets"):
        yield "vpc"


def key(look: Look, who: Caller) -> str | None:
    """The KMS key as an ARN. An alias has no policy of its own and says nothing."""
    said = look.training.volume_kms_key or look.serving.kms_key or look.training.output_kms_key or look.ground.kms_key
    if not said or "alias/" in said:
        return None
    return (
        said if said.startswith("arn:") else f"arn:{who.partition}:kms:{look.session.region}:{who.account}:key/{said}"
    )


def _containers(look: Look) -> Iterator[Container]:
    if look.run is not None:
        yield look.run.container
    for version in look.want.versions if look.want else ():
        yield version.container


def _of_vpc(look: Look, what: str) -> Sequence[str]:
    """Ids of `subnets` or `security_groups`."""
    said: Sequence[str] = getattr(look.training, what) or getattr(look.serving, what) or getattr(look.ground, what)
    return said


def _objects(look: Look) -> Iterator[str]:
    """Something below the project's folder: a policy may be about that folder alone."""
    for uri in (look.run.output if look.run else "", look.foundation.root):
        if uri.startswith("s3://"):
            name, key = bucket.split(uri)
            yield f"arn:{{partition}}:s3:::{'/'.join(filter(None, (name, key, 'x')))}"
            return


def _repositories(look: Look) -> Iterator[str]:
    from tradewind.providers.aws import images

    for container in _containers(look):
        try:
            found = ECR.fullmatch(images.address(container.image, look.session.region))
        except images.NoImageError:
            continue
        if found:
            yield f"arn:{{partition}}:ecr:{found['region']}:{found['account']}:repository/{found['repository']}"


def _secrets(look: Look, named: Callable[[str], str | None]) -> Iterator[str]:
    for container in _containers(look):
        for reference in container.secrets.values():
            if (pattern := named(reference)) is not None:
                yield pattern.replace("?", "0")  # the simulator takes things, not patterns
