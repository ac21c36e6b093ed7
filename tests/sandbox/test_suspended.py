"""A bucket whose versioning was suspended keeps its versions, and is emptied one by one."""

from __future__ import annotations

from tests.sandbox.emulator import Emulator


def test_versions_outlive_their_suspension_and_go_one_by_one(emulator: Emulator) -> None:
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket="suspended")
    s3.put_bucket_versioning(Bucket="suspended", VersioningConfiguration={"Status": "Enabled"})
    for text in (b"1", b"2"):
        s3.put_object(Bucket="suspended", Key="a", Body=text)
    s3.delete_object(Bucket="suspended", Key="a")
    s3.put_bucket_versioning(Bucket="suspended", VersioningConfiguration={"Status": "Suspended"})
    page = s3.list_object_versions(Bucket="suspended")
    assert (len(page["Versions"]), len(page["DeleteMarkers"])) == (2, 1)
    s3.delete_object(Bucket="suspended", Key="a", VersionId=page["DeleteMarkers"][0]["VersionId"])
    assert s3.get_object(Bucket="suspended", Key="a")["Body"].read() == b"2"
    for one in page["Versions"]:
        s3.delete_object(Bucket="suspended", Key="a", VersionId=one["VersionId"])
    s3.delete_bucket(Bucket="suspended")
