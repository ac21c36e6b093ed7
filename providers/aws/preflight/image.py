"""The container images: AWS's own are known from data, those of this account are looked for in its ECR."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tradewind.errors import ProviderError
from tradewind.providers.aws import images
from tradewind.providers.aws.errors import classified
from tradewind.providers.aws.preflight.looking import Look
from tradewind.providers.base import Check
from tradewind.values import Container

ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z.-]+"
    r"/(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


def containers(look: Look) -> Iterator[tuple[str, Container]]:
    if look.run is not None and look.run.container.image:
        yield "training", look.run.container
    if look.want is not None and look.want.versions and look.want.versions[-1].container.image:
        yield "serving", look.want.versions[-1].container


def check(look: Look, what: str, container: Container) -> Iterator[Check]:
    title = f"{what} image"
    try:
        image = images.address(container.image, look.session.region)
    except images.NoImageError as error:
        yield Check(title, "will_fail", str(error), "choose another region, or give `image:`")
        return
    found = ECR.fullmatch(image)
    if found is None:
        fix = "push it into ECR of this account and region, and name it from there"
        yield Check(title, "will_fail", f"{image} is not in a private ECR, and SageMaker pulls from nowhere else", fix)
    elif found["account"] in images.aws_accounts():
        yield Check(title, "ok", f"{image}, of AWS's own")
    elif found["account"] != look.caller().account:
        said = f"{image} is of account {found['account']}: whether its repository lets the execution role pull is said there"
        yield Check(title, "cannot_tell", said)
    elif found["region"] != look.session.region:
        said, fix = f"{image} is not in {look.session.region}", f"replicate it into {look.session.region}"
        # Written of models (ContainerDefinition.Image), and not of training.
        yield Check(title, "will_fail" if what == "serving" else "cannot_tell", said, fix)
    else:
        yield _in_ecr(look, title, image, found)


def _in_ecr(look: Look, title: str, image: str, found: re.Match[str]) -> Check:
    wanted = {"imageDigest": found["digest"]} if found["digest"] else {"imageTag": found["tag"] or "latest"}
    try:
        with classified(f"look for {image}"):
            answer = look.client("ecr").describe_images(repositoryName=found["repository"], imageIds=[wanted])
    except ProviderError as error:
        if error.kind != "missing":
            raise
        return Check(title, "will_fail", f"{image} is not there: {error.said}", f"docker push {image}")
    size = sum(int(it.get("imageSizeInBytes") or 0) for it in answer["imageDetails"][:1])
    return Check(title, "ok", f"{image}{f' ({size / 1024**3:.1f} GiB)' if size >= 1024**3 // 10 else ''}")
