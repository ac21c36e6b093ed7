"""Plain boto3 programs that host models on the emulated SageMaker: data, images, requests, logs."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

from tests.sandbox.emulator import Emulator, until
from tests.sandbox.hosted import (
    HUGGINGFACE,
    JSON,
    PYTORCH,
    ROLE,
    SKLEARN,
    ask,
    config,
    environment,
    look,
    model,
    packed,
    put,
    served,
    settled,
    variant,
)

RUNTIME = "/opt/ml/additional-model-data-sources/runtime"
OWN_SERVER = """
import http.server, json, os
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers()
    def do_POST(self):
        said = {name.lower(): value for name, value in self.headers.items()}
        said["body"] = self.rfile.read(int(said["content-length"])).decode()
        said["where"] = os.environ["WHERE"]
        out = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Amzn-SageMaker-Custom-Attributes", "kept")
        self.send_header("Content-Length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), H).serve_forever()
"""


def failed(emulator: Emulator, name: str) -> str:
    config(emulator, name, variant(name))
    emulator.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=name)
    seen = settled(emulator, name)
    assert seen["EndpointStatus"] == "Failed"
    return str(seen["FailureReason"])


def create(emulator: Emulator, name: str, **container: Any) -> None:
    emulator.client("sagemaker").create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)


def lines(emulator: Emulator, name: str) -> list[str]:
    logs, group = emulator.client("logs"), f"/aws/sagemaker/Endpoints/{name}"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return []
    return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]


def test_described_as_the_service_describes(emulator: Emulator) -> None:
    served(emulator, "shown", count=2)
    seen = look(emulator, "shown")
    assert seen["EndpointArn"] == "arn:aws:sagemaker:us-east-1:123456789012:endpoint/shown"
    assert seen["CreationTime"] <= seen["LastModifiedTime"]
    assert not {"FailureReason", "PendingDeploymentSummary", "LastDeploymentConfig"} & set(seen)
    [one] = seen["ProductionVariants"]
    assert {name: one[name] for name in one if name.startswith(("Current", "Desired"))} == {
        "CurrentInstanceCount": 2,
        "DesiredInstanceCount": 2,
        "CurrentWeight": 1.0,
        "DesiredWeight": 1.0,
    }
    [image] = one["DeployedImages"]
    assert image["SpecifiedImage"] == SKLEARN
    assert "/sagemaker-scikit-learn@sha256:" in image["ResolvedImage"]
    sagemaker = emulator.client("sagemaker")
    told = sagemaker.describe_model(ModelName="shown")
    assert told["PrimaryContainer"]["Mode"] == "SingleModel"
    assert told["EnableNetworkIsolation"] is False
    assert "VpcConfig" not in told  # an empty one is no VpcConfig to typed readers
    told = sagemaker.describe_endpoint_config(EndpointConfigName="shown")
    assert told["ProductionVariants"][0]["InitialVariantWeight"] == 1.0


def test_each_instance_is_a_process_with_a_log_of_its_own(emulator: Emulator) -> None:
    script = "print('hello from', __name__)\n" + (
        "def model_fn(d): pass\ndef transform_fn(m, b, c, a):\n"
        "    import os\n    print('asked')\n    return str(os.getpid()), 'application/json'\n"
    )
    served(emulator, "apart", script, count=2)
    assert len({ask(emulator, "apart") for _ in range(8)}) == 2
    until(lambda: lines(emulator, "apart").count("asked") == 8)
    streams = emulator.client("logs").describe_log_streams(logGroupName="/aws/sagemaker/Endpoints/apart")["logStreams"]
    assert len(streams) == 2
    assert all(stream["logStreamName"].startswith("a/i-0") for stream in streams)


@pytest.mark.parametrize("image", [PYTORCH, HUGGINGFACE])
def test_model_server_images_take_their_code_from_the_model(emulator: Emulator, image: str) -> None:
    name = "torch" if image == PYTORCH else "hugging"
    served(emulator, name, image=image, Environment={"SAGEMAKER_SUBMIT_DIRECTORY": "/nowhere"})
    assert ask(emulator, name)["word"] == name


def test_folder_and_channels_are_where_the_contract_says(emulator: Emulator) -> None:
    put(emulator, "parts/deep/word", b"folder")
    code = put(emulator, "parts-code.tar.gz", packed({"shim/inference.py": "from helper import *\n"}))
    helper = put(emulator, "parts-runtime.tar.gz", packed({"helper.py": SCRIPT_OF_PARTS}))
    sources = {"S3DataType": "S3Object", "CompressionType": "Gzip"}
    create(
        emulator,
        "parts",
        Image=SKLEARN,
        ModelDataSource={
            "S3DataSource": {"S3Uri": "s3://work/parts/", "S3DataType": "S3Prefix", "CompressionType": "None"}
        },
        AdditionalModelDataSources=[
            {"ChannelName": "code", "S3DataSource": {"S3Uri": code, **sources}},
            {"ChannelName": "runtime", "S3DataSource": {"S3Uri": helper, **sources}},
        ],
        Environment={
            "PYTHONPATH": RUNTIME,
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/additional-model-data-sources/code/shim",
            "SAID": f"{RUNTIME} and /opt/ml/model",
        },
    )
    config(emulator, "parts")
    emulator.client("sagemaker").create_endpoint(EndpointName="parts", EndpointConfigName="parts")
    assert settled(emulator, "parts")["EndpointStatus"] == "InService"
    said = ask(emulator, "parts")
    assert said["word"] == "folder"
    assert said["env"].endswith("/ml/model")
    assert "/opt/ml" not in said["env"]


SCRIPT_OF_PARTS = """
import json, os
def model_fn(model_dir): return open(model_dir + "/deep/word").read()
def input_fn(body, content_type): return json.loads(body)
def predict_fn(data, model): return {"word": model, "env": os.environ["SAID"]}
def output_fn(prediction, accept): return json.dumps(prediction), accept
"""


def test_requirements_are_installed_for_the_container_alone(emulator: Emulator) -> None:
    setup = (
        "[project]\nname = 'twtestgreeter'\nversion = '1'\n[build-system]\nrequires = []\nbuild-backend = 'backend'\n"
    )
    backend = (
        "import zipfile\ndef build_wheel(folder, *_, **__):\n    name = 'twtestgreeter-1-py3-none-any.whl'\n"
        "    meta = 'Metadata-Version: 2.1\\nName: twtestgreeter\\nVersion: 1\\n'\n"
        "    with zipfile.ZipFile(folder + '/' + name, 'w') as z:\n"
        "        z.writestr('twtestgreeter.py', 'WORD = \"installed\"')\n"
        "        z.writestr('twtestgreeter-1.dist-info/METADATA', meta)\n"
        "        wheel = 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'\n"
        "        z.writestr('twtestgreeter-1.dist-info/WHEEL', wheel)\n"
        "        z.writestr('twtestgreeter-1.dist-info/RECORD', '')\n    return name\n"
    )
    files = {
        "code/inference.py": "import twtestgreeter\ndef model_fn(d): pass\n"
        "def transform_fn(m, b, c, a):\n    import json\n    return json.dumps(twtestgreeter.WORD), a\n",
        "code/requirements.txt": "./greeter\n",
        "code/greeter/pyproject.toml": setup + "backend-path = ['.']\n",
        "code/greeter/backend.py": backend,
    }
    uri = put(emulator, "needs.tar.gz", packed(files))
    create(emulator, "needs", Image=SKLEARN, ModelDataUrl=uri, Environment=environment())
    config(emulator, "needs")
    emulator.client("sagemaker").create_endpoint(EndpointName="needs", EndpointConfigName="needs")
    assert settled(emulator, "needs")["EndpointStatus"] == "InService"
    assert ask(emulator, "needs") == "installed"


def test_an_image_of_our_own_runs_our_server(emulator: Emulator) -> None:
    handler = "def load(d):\n    return 3\ndef predict(model, inputs):\n    return {'rows': model}\n"
    code = put(emulator, "ours-code.tar.gz", packed({"handler.py": handler}))
    create(
        emulator,
        "ours",
        Image="123456789012.dkr.ecr.us-east-1.amazonaws.com/team/tradewind-serving:1",
        ModelDataUrl=put(emulator, "ours.tar.gz", packed({"w": ""})),
        AdditionalModelDataSources=[
            {
                "ChannelName": "code",
                "S3DataSource": {"S3Uri": code, "S3DataType": "S3Object", "CompressionType": "Gzip"},
            }
        ],
        Environment={"TW_HANDLER": "handler.py", "TW_CODE_DIR": "/opt/ml/additional-model-data-sources/code"},
    )
    config(emulator, "ours")
    emulator.client("sagemaker").create_endpoint(EndpointName="ours", EndpointConfigName="ours")
    assert settled(emulator, "ours")["EndpointStatus"] == "InService"
    assert ask(emulator, "ours", {"rows": [1]}) == {"rows": 3}


def test_an_image_that_nobody_knows_and_one_with_a_command(emulator: Emulator) -> None:
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mystery:7"
    uri = put(emulator, "mystery.tar.gz", packed({"server.py": OWN_SERVER}))
    create(emulator, "mystery", Image=image, ModelDataUrl=uri, Environment={"WHERE": "/opt/ml/model"})
    reason = failed(emulator, "mystery")
    assert "knows no command for the image" in reason
    assert image in reason
    emulator.control("image", image=r".*/mystery:\d+", command=[sys.executable, "/opt/ml/model/server.py"])
    sagemaker = emulator.client("sagemaker")
    sagemaker.create_endpoint(EndpointName="mystery-2", EndpointConfigName="mystery")
    assert settled(emulator, "mystery-2")["EndpointStatus"] == "InService"
    answer = emulator.client("sagemaker-runtime").invoke_endpoint(
        EndpointName="mystery-2", Body=b"raw", ContentType="text/x", Accept="text/y", CustomAttributes="mine",
        InferenceId="id-1", TargetVariant="a",
    )  # fmt: skip
    said = json.loads(answer["Body"].read())
    assert (said["body"], said["content-type"], said["accept"]) == ("raw", "text/x", "text/y")
    assert (said["x-amzn-sagemaker-custom-attributes"], said["x-amzn-sagemaker-inference-id"]) == ("mine", "id-1")
    assert said["where"].endswith("/ml/model")
    assert (answer["InvokedProductionVariant"], answer["CustomAttributes"]) == ("a", "kept")


def test_errors_of_a_model(emulator: Emulator) -> None:
    served(emulator, "errs")
    runtime = emulator.client("sagemaker-runtime")
    with pytest.raises(runtime.exceptions.ModelError) as raised:
        ask(emulator, "errs", "fail")
    said = raised.value.response
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert said["OriginalStatusCode"] == 500
    assert "Internal Server Error" in said["OriginalMessage"]
    assert said["LogStreamArn"] == "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/errs"
    assert said["Error"]["Message"].startswith('Received server error (500) from primary with message "')
    assert said["Error"]["Message"].endswith("in account 123456789012 for more information.")
    until(lambda: any("no such column" in line for line in lines(emulator, "errs")))


def test_streams_come_as_they_are_made_and_break_in_words(emulator: Emulator) -> None:
    script = (
        "import os, time\ndef model_fn(d): pass\n"
        "def transform_fn(m, body, c, a):\n"
        "    def parts():\n"
        "        yield 'one'\n"
        "        for _ in range(600):\n"
        "            if os.path.exists(body.strip('\"')): break\n"
        "            time.sleep(0.05)\n"
        "        yield 'two'\n"
        "        if 'break' in body: os._exit(1)\n"
        "    return parts(), 'text/plain'\n"
    )
    served(emulator, "streams", script)
    runtime = emulator.client("sagemaker-runtime")
    gate = emulator.data / "gate"
    said = {"EndpointName": "streams", "ContentType": JSON}
    answer = runtime.invoke_endpoint_with_response_stream(**said, Body=json.dumps(str(gate)))
    assert answer["ContentType"] == "text/plain; charset=utf-8"
    events = iter(answer["Body"])
    assert next(events)["PayloadPart"]["Bytes"] == b"one"
    gate.touch()  # only now the rest is made
    assert b"".join(event["PayloadPart"]["Bytes"] for event in events) == b"two"
    breaks = emulator.data / "gate-break"
    breaks.touch()
    answer = runtime.invoke_endpoint_with_response_stream(**said, Body=json.dumps(str(breaks)))
    with pytest.raises(EventStreamError, match="ModelStreamError"):
        list(answer["Body"])


def test_what_the_runtime_refuses(emulator: Emulator) -> None:
    served(emulator, "asked")
    runtime = emulator.client("sagemaker-runtime")

    def refused(**said: Any) -> tuple[str, str, int]:
        with pytest.raises(ClientError) as caught:
            runtime.invoke_endpoint(**{"EndpointName": "asked", "Body": b"1", **said})
        error = caught.value.response
        return error["Error"]["Code"], error["Error"]["Message"], error["ResponseMetadata"]["HTTPStatusCode"]

    assert refused(EndpointName="none") == ("ValidationError", "Endpoint none of account 123456789012 not found.", 400)
    assert refused(Body=b"x" * 6_291_457) == ("413", "HTTP content length exceeded 6291456 bytes.", 413)
    assert refused(TargetVariant="b")[0] == "ValidationError"
    assert "multi-model" in refused(TargetModel="m")[1]
    emulator.control("throttle", operation="InvokeEndpoint")
    assert refused()[0] == "ThrottlingException"
    assert ask(emulator, "asked", "x" * 6_000_000)["said"] == "x" * 6_000_000


def test_requests_and_answers_are_captured(emulator: Emulator) -> None:
    said = {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://work/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"JsonContentTypes": [JSON]},
    }
    config(emulator, model(emulator, "caught"), DataCaptureConfig=said)
    emulator.client("sagemaker").create_endpoint(EndpointName="caught", EndpointConfigName="caught")
    assert settled(emulator, "caught")["DataCaptureConfig"]["CaptureStatus"] == "Started"
    answer = ask(emulator, "caught", "hello", InferenceId="id-1")
    s3 = emulator.client("s3")

    def files() -> Any:
        return s3.list_objects_v2(Bucket="work", Prefix="captured/caught/a/").get("Contents")

    [entry] = until(files)
    assert entry["Key"].endswith(".jsonl")
    event = json.loads(s3.get_object(Bucket="work", Key=entry["Key"])["Body"].read())
    assert event["captureData"]["endpointInput"] == {
        "observedContentType": JSON,
        "mode": "INPUT",
        "data": '"hello"',
        "encoding": "JSON",
    }
    assert json.loads(event["captureData"]["endpointOutput"]["data"]) == answer
    assert event["eventMetadata"]["inferenceId"] == "id-1"


@pytest.mark.parametrize(
    ("key", "data", "told"),
    [
        ("gone.tar.gz", None, "Failed to download model data for container"),
        ("not-packed.tar.gz", b"plain text", "Failed to extract model data archive for container"),
    ],
)
def test_model_data_that_cannot_be_had(emulator: Emulator, key: str, data: bytes | None, told: str) -> None:
    name = key.partition(".")[0]
    uri = put(emulator, key, data or b"x")
    create(emulator, name, Image=SKLEARN, ModelDataUrl=uri)
    if data is None:
        emulator.client("s3").delete_object(Bucket="work", Key=key)
    assert failed(emulator, name).startswith(told)


def test_a_container_that_ends_at_once(emulator: Emulator) -> None:
    model(emulator, "ends", "print('bye', flush=True)\nimport os\nos._exit(3)\n", image=SKLEARN)
    assert failed(emulator, "ends") == (
        "The primary container for production variant a did not pass the ping health check. Please check CloudWatch logs for "
        "this endpoint."
    )
    assert lines(emulator, "ends").count("bye") >= 2  # a container is started again while it may still come up
    with pytest.raises(ClientError, match="Endpoint ends of account 123456789012 not found"):
        ask(emulator, "ends")
    emulator.client("sagemaker").delete_endpoint(EndpointName="ends")
