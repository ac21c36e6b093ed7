"""What a call to AWS is, told from its wire form: the service by the signature's scope, the operation by the protocol."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, urlsplit

Protocol = Literal["json", "query", "cbor", "s3", "runtime"]
SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]*/(?P<service>[^/]+)/aws4_request")
CBOR = re.compile(r"^/service/[^/]+/operation/(?P<operation>\w+)$")
READS = re.compile(r"^(Describe|List|Get|Head|BatchGet|Search|Simulate|Filter|Lookup|Assume)")
SUBRESOURCES = ("uploads", "uploadId", "partNumber", "delete", "tagging", "lifecycle", "location", "list-type")


@dataclass(frozen=True)
class Call:
    number: int  # from 1, by arrival
    service: str  # as signed: "sagemaker", "s3", "monitoring", ...
    operation: str  # "CreateTrainingJob"; for S3 as its API names them
    subject: str  # path of an object or endpoint, where the path says it
    protocol: Protocol
    at: float = field(default_factory=time.monotonic, compare=False)

    @property
    def writes(self) -> bool:
        return READS.match(self.operation) is None

    def __str__(self) -> str:
        return f"{self.number} {self.service}.{self.operation} {self.subject}".rstrip()


def call_of(number: int, method: str, raw_path: str, headers: Mapping[str, str], body: bytes) -> Call:
    path, query = urlsplit(raw_path).path, parse_qs(urlsplit(raw_path).query, keep_blank_values=True)
    found = SCOPE.search(headers.get("Authorization", ""))
    service = found["service"] if found else "unsigned"
    if target := headers.get("X-Amz-Target"):
        return Call(number, service, target.rpartition(".")[2], "", "json")
    if cbor := CBOR.match(path):
        return Call(number, service, cbor["operation"], "", "cbor")
    if service == "sagemaker" or path.startswith("/endpoints/"):
        streamed = path.endswith("/invocations-response-stream")
        name = "InvokeEndpointWithResponseStream" if streamed else "InvokeEndpoint"
        return Call(number, service, name, path, "runtime")
    if service == "s3" or service == "unsigned":
        return Call(number, service, _of_s3(method, path, query, headers), path, "s3")
    said = parse_qs(body.decode("utf-8", "replace"))
    return Call(number, service, said.get("Action", ["?"])[0], "", "query")


def _of_s3(method: str, path: str, query: Mapping[str, list[str]], headers: Mapping[str, str]) -> str:
    bucket = path.count("/") == 1 or (path.endswith("/") and path.count("/") == 2)
    match method:
        case "GET" if "uploads" in query:
            return "ListMultipartUploads"
        case "GET" if bucket:
            return "ListObjectsV2" if "list-type" in query else "GetBucket"
        case "HEAD" if bucket:
            return "HeadBucket"
        case "POST" if "uploads" in query:
            return "CreateMultipartUpload"
        case "POST" if "uploadId" in query:
            return "CompleteMultipartUpload"
        case "POST" if "delete" in query:
            return "DeleteObjects"
        case "PUT" if "partNumber" in query:
            return "UploadPart"
        case "PUT" if "x-amz-copy-source" in headers:
            return "CopyObject"
        case "DELETE" if "uploadId" in query:
            return "AbortMultipartUpload"
    return f"{method.capitalize()}{'Bucket' if bucket else 'Object'}"
