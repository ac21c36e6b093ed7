"""Each bucket of the workload: is it there, may we see it, and is it in the region where SageMaker will read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws.errors import classified
from tradewind.providers.aws.preflight.looking import Look
from tradewind.providers.base import Check
from tradewind.spec.clouds.aws import AwsServe

# LocationConstraint's two old words.
_OLD_NAMES: Mapping[str | None, str] = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}


@dataclass(frozen=True)
class Place:
    """Something in a bucket that the execution role will read, or write as well."""

    bucket: str
    key: str
    use: str  # "train" or "serve"
    writes: bool = False


def places(look: Look) -> Iterator[Place]:
    """All that the workload's role touches."""
    if (run := look.run) is not None:
        said = [(artifact.uri, False) for artifact in run.inputs.values()]
        said += [(run.output, True), (run.checkpoint or "", True)]
        yield from (Place(*split(uri), "train", writes) for uri, writes in said if uri.startswith("s3://"))
    for version in look.want.versions if look.want else ():
        options = version.container.options
        capture = options.data_capture if isinstance(options, AwsServe) else None
        said = [(version.model.uri, False), (capture.uri if capture else "", True)]
        yield from (Place(*split(uri), "serve", writes) for uri, writes in said if uri.startswith("s3://"))


def names(look: Look) -> tuple[str, ...]:
    """The ground's bucket first, then those of the workload."""
    own = [split(look.foundation.root)[0]] if look.foundation.root.startswith("s3://") else []
    return tuple(dict.fromkeys((*own, *(place.bucket for place in places(look)))))


def split(uri: str) -> tuple[str, str]:
    name, _, key = uri.removeprefix("s3://").partition("/")
    return name, key.rstrip("/")


def check(look: Look, name: str) -> Iterator[Check]:
    # Of the ground's own bucket alone, as in the store: inputs may lie in an account for data.
    account = look.settings.account if name == split(look.foundation.root)[0] else None
    owner = {"ExpectedBucketOwner": account} if account else {}
    try:
        with classified(f"look at bucket {name}"):
            answer = look.client("s3").head_bucket(Bucket=name, **owner)
        found = _region(look, name, answer)
    except ProviderError as error:
        if error.kind == "missing":
            fix = f"aws s3 mb s3://{name} --region {look.session.region}, or name another one in deploy.yaml"
            yield Check("bucket", "will_fail", f"there is no bucket {name}", fix)
            return
        if error.kind == "permission":
            fix = "allow s3:ListBucket on it, or name a bucket of yours: names are shared by all accounts"
            whose = f", or it is not account {account}'s (`aws.account`)" if account else ""
            yield Check("bucket", "will_fail", f"this identity may not look into bucket {name}{whose}", fix)
            return
        raise
    if found != look.session.region:
        said = f"bucket {name} is in {found}, and SageMaker in {look.session.region} reads its own region only"
        yield Check("bucket", "will_fail", said, f"set `aws.region: {found}`, or use a bucket in {look.session.region}")
    else:
        yield Check("bucket", "ok", f"{name} is in {found}")


def _region(look: Look, name: str, answer: Mapping[str, Any]) -> str:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    said = answer.get("BucketRegion") or headers.get("x-amz-bucket-region")
    if said:
        return str(said)
    with classified(f"ask where bucket {name} is"):
        place = look.client("s3").get_bucket_location(Bucket=name).get("LocationConstraint")
    return _OLD_NAMES.get(place, str(place))


def has_policy(look: Look, name: str) -> bool | None:
    """Whether the bucket has a policy of its own, which may allow what no identity's policy does; None: cannot be told."""
    try:
        with classified(f"read the policy of bucket {name}"):
            look.client("s3").get_bucket_policy(Bucket=name)
    except ProviderError as error:
        return False if error.kind == "missing" else None
    return True
