"""How an endpoint is called from outside: requests are signed, so a plain POST would be refused."""

from __future__ import annotations

import shlex
from urllib.parse import urlsplit

from tradewind.providers.base import Snippets

# curl signs by itself since 7.75. A token, which temporary keys come with, is a header of its own.
CURL = (
    'curl -sS --aws-sigv4 "aws:amz:{region}:sagemaker" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" '
    "${{AWS_SESSION_TOKEN:+-Hx-amz-security-token:$AWS_SESSION_TOKEN}} "
    "-H 'Content-Type: application/json' --data-binary @request.json {address}"
)
PYTHON = """import boto3

runtime = boto3.client("sagemaker-runtime", region_name={region!r}{elsewhere})
with open("request.json", "rb") as file:
    answer = runtime.invoke_endpoint(EndpointName={name!r}, ContentType="application/json", Body=file.read())
print(answer["Body"].read().decode())
"""
NOTE = (
    'curl takes keys from the environment; those of a profile: eval "$(aws configure export-credentials --format env)"'
)


def snippets(name: str, url: str, region: str) -> Snippets:
    """`url` is the endpoint's own, as it was observed."""
    address = url if url.endswith("/invocations") else f"{url.rstrip('/')}/invocations"
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    elsewhere = (
        "" if (parts.hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn")) else f", endpoint_url={base!r}"
    )
    return Snippets(
        curl=CURL.format(region=region, address=shlex.quote(address)),
        python=PYTHON.format(region=region, elsewhere=elsewhere, name=name),
        note=NOTE,
    )
