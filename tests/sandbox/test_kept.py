"""What other services hold outlives the emulator, and keeping it costs what is new."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.emulator import Emulator, until

MANIFEST = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}


def files(emulator: Emulator) -> dict[str, tuple[int, int]]:
    """Size and time of each object's file."""
    folder = emulator.data / "account" / "objects"
    return {file.name: (file.stat().st_size, file.stat().st_mtime_ns) for file in folder.iterdir() if not file.suffix}


def kept(emulator: Emulator, count: int) -> dict[str, tuple[int, int]]:
    (found,) = until(lambda: (found,) if len(found := files(emulator)) == count else None)
    return dict(found)


def indexed(emulator: Emulator, key: str) -> Callable[[], bool]:
    path = emulator.data / "account" / "s3.pickle"
    return lambda: path.exists() and key.encode() in path.read_bytes()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_objects_of_every_kind_are_there_again(own_emulator: Emulator, number: signal.Signals) -> None:
    s3 = own_emulator.client("s3")
    s3.put_bucket_versioning(Bucket="work", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="work", Key="v", Body=b"one", Metadata={"a": "1"})["VersionId"]
    s3.put_object(Bucket="work", Key="v", Body=b"two")
    s3.put_object_tagging(Bucket="work", Key="v", Tagging={"TagSet": [{"Key": "t", "Value": "2"}]})
    s3.put_object(Bucket="work", Key="gone", Body=b"x")
    s3.delete_object(Bucket="work", Key="gone")
    upload = s3.create_multipart_upload(Bucket="work", Key="parts")["UploadId"]
    part = s3.upload_part(Bucket="work", Key="parts", UploadId=upload, PartNumber=1, Body=b"p" * 6_000_000)["ETag"]
    s3.put_object(Bucket="work", Key="the-last-one", Body=b"")
    until(indexed(own_emulator, "the-last-one"))
    own_emulator.end(number)
    own_emulator.start("--speed", "600")
    s3 = own_emulator.client("s3")
    assert s3.get_object(Bucket="work", Key="v")["Body"].read() == b"two"
    old = s3.get_object(Bucket="work", Key="v", VersionId=first)
    assert (old["Body"].read(), old["Metadata"]) == (b"one", {"a": "1"})
    assert s3.get_object_tagging(Bucket="work", Key="v")["TagSet"] == [{"Key": "t", "Value": "2"}]
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="work")["Contents"]] == ["the-last-one", "v"]
    assert [one["Key"] for one in s3.list_object_versions(Bucket="work")["DeleteMarkers"]] == ["gone"]
    done = {"Parts": [{"PartNumber": 1, "ETag": part}]}
    s3.complete_multipart_upload(Bucket="work", Key="parts", UploadId=upload, MultipartUpload=done)
    assert len(s3.get_object(Bucket="work", Key="parts")["Body"].read()) == 6_000_000


def test_a_write_costs_what_is_new(own_emulator: Emulator) -> None:
    s3 = own_emulator.client("s3")
    for number in range(8):
        s3.put_object(Bucket="work", Key=f"large/{number}", Body=bytes([number]) * 5_000_000)
    until(indexed(own_emulator, "large/7"))
    before = kept(own_emulator, 8)
    s3.put_object(Bucket="work", Key="small", Body=b"x")
    until(indexed(own_emulator, "small"))
    after = kept(own_emulator, 9)
    assert {name: after[name] for name in before} == before
    (new,) = set(after) - set(before)
    assert after[new][0] < 10_000
    assert (own_emulator.data / "account" / "s3.pickle").stat().st_size < 100_000


def test_what_is_replaced_or_deleted_leaves_no_file(own_emulator: Emulator) -> None:
    s3 = own_emulator.client("s3")
    for number in range(6):
        s3.put_object(Bucket="work", Key=f"k/{number}", Body=b"x")
    kept(own_emulator, 6)
    s3.put_object(Bucket="work", Key="k/0", Body=b"y")
    s3.delete_objects(Bucket="work", Delete={"Objects": [{"Key": f"k/{number}"} for number in range(1, 6)]})
    kept(own_emulator, 1)
    s3.delete_object(Bucket="work", Key="k/0")
    s3.delete_bucket(Bucket="work")
    kept(own_emulator, 0)


def test_a_file_that_is_lost_is_one_object(own_emulator: Emulator) -> None:
    s3 = own_emulator.client("s3")
    for key in ("a", "b"):
        s3.put_object(Bucket="work", Key=key, Body=key.encode())
    kept(own_emulator, 2)
    own_emulator.end()
    folder = Path(own_emulator.data / "account" / "objects")
    next(folder.iterdir()).write_bytes(b"torn")
    own_emulator.start("--speed", "600")
    left = own_emulator.client("s3").list_objects_v2(Bucket="work")["Contents"]
    assert len(left) == 1


def test_repositories_and_images_are_kept(own_emulator: Emulator) -> None:
    ecr = own_emulator.client("ecr")
    uri = ecr.create_repository(repositoryName="train", imageTagMutability="IMMUTABLE")["repository"]["repositoryUri"]
    ecr.put_image(repositoryName="train", imageManifest=json.dumps(MANIFEST), imageTag="1")
    path = own_emulator.data / "account" / "ecr.pickle"
    until(lambda: path.exists() and b"schemaVersion" in path.read_bytes())
    own_emulator.end(signal.SIGKILL)
    own_emulator.start("--speed", "600")
    ecr = own_emulator.client("ecr")
    assert ecr.describe_repositories()["repositories"][0]["repositoryUri"] == uri
    (image,) = ecr.describe_images(repositoryName="train", imageIds=[{"imageTag": "1"}])["imageDetails"]
    assert image["imageTags"] == ["1"]


def test_keys_and_parameters_are_kept(own_emulator: Emulator) -> None:
    kms, ssm = own_emulator.client("kms"), own_emulator.client("ssm")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    hidden = kms.encrypt(KeyId=key, Plaintext=b"hush")["CiphertextBlob"]
    signed = kms.sign(KeyId=signing, Message=b"mine", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    ssm.put_parameter(Name="/mine", Value="one", Type="String", Tags=[{"Key": "a", "Value": "b"}])
    own_emulator.end()
    own_emulator.start("--speed", "600")
    kms, ssm = own_emulator.client("kms"), own_emulator.client("ssm")
    assert kms.decrypt(CiphertextBlob=hidden, KeyId="alias/mine")["Plaintext"] == b"hush"
    how = {"SigningAlgorithm": "ECDSA_SHA_256", "Signature": signed}
    assert kms.verify(KeyId=signing, Message=b"mine", **how)["SignatureValid"]
    assert ssm.get_parameter(Name="/mine")["Parameter"]["Value"] == "one"
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/mine")["TagList"] == [
        {"Key": "a", "Value": "b"}
    ]
    ssm.put_parameter(Name="/other", Value="two", Type="String", Tags=[{"Key": "c", "Value": "d"}])
