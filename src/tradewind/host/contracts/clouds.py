"""The three contracts. Each number with its source; where a cloud's documents disagree, the stricter one."""

from __future__ import annotations

from collections.abc import Mapping

from tradewind.host.contracts.contract import Contract, predictions

MIB = 1024 * 1024
VERTEX_HEALTH = "/v1/endpoints/1/deployedModels/2"
VERTEX_PREDICT = "/v1/endpoints/1/deployedModels/2:predict"


def _sagemaker(port: int, model: str) -> Mapping[str, str]:
    said = {"SAGEMAKER_BIND_TO_PORT": str(port), "AWS_REGION": "us-east-1"}
    return {**said, "SM_MODEL_DIR": model} if model else said


def _vertex(port: int, model: str) -> Mapping[str, str]:
    return {
        "AIP_HTTP_PORT": str(port),
        "AIP_HEALTH_ROUTE": VERTEX_HEALTH,
        "AIP_PREDICT_ROUTE": VERTEX_PREDICT,
        "AIP_STORAGE_URI": model,
        "AIP_MODE": "PREDICTION",
        "AIP_MODE_VERSION": "1.0.0",
        "AIP_FRAMEWORK": "CUSTOM_CONTAINER",
        "AIP_ENDPOINT_ID": "1",
        "AIP_DEPLOYED_MODEL_ID": "2",
        "AIP_MODEL_NAME": "1",
        "AIP_VERSION_NAME": "2",
    }


def _azure(port: int, model: str) -> Mapping[str, str]:
    said = {"AZUREML_SERVING_PORT": str(port)}
    return {**said, "AZUREML_MODEL_DIR": model} if model else said


SAGEMAKER = Contract(
    cloud="aws",
    title="SageMaker",
    port=8080,
    port_variable="SAGEMAKER_BIND_TO_PORT",
    port_is_fixed=True,
    any_port=False,
    health="/ping",
    health_within=2.0,
    predict="/invocations",
    predict_within=60.0,
    largest=6 * MIB,
    grace=30.0,
    environment=_sagemaker,
    source="SageMaker developer guide: custom inference code with hosting services; InvokeEndpoint, Body",
    model_note="SageMaker unpacks it into /opt/ml/model; here its folder was told by SM_MODEL_DIR",
)
VERTEX = Contract(
    cloud="gcp",
    title="Vertex AI",
    port=8080,
    port_variable="AIP_HTTP_PORT",
    port_is_fixed=False,
    any_port=False,
    health=VERTEX_HEALTH,
    health_within=10.0,
    predict=VERTEX_PREDICT,
    predict_within=60.0,
    largest=1_500_000,
    grace=30.0,
    environment=_vertex,
    source="Vertex AI: custom container requirements for prediction 1.0.0; choose an endpoint type (shared public endpoint)",
    model_note="Vertex AI gives a gs:// address in AIP_STORAGE_URI, to be fetched by the container; here it was a folder",
    health_variable="AIP_HEALTH_ROUTE",
    predict_variable="AIP_PREDICT_ROUTE",
    shape=predictions,
)
AZURE = Contract(
    cloud="azure",
    title="Azure ML",
    port=5001,
    port_variable="AZUREML_SERVING_PORT",
    port_is_fixed=False,
    any_port=True,  # inferenceConfig names it
    health="/",
    health_within=2.0,
    predict="/score",
    predict_within=5.0,
    largest=6 * MIB,
    grace=30.0,
    environment=_azure,
    source="Azure ML: deploy a custom container to a managed online endpoint; managed online deployment YAML reference",
    model_note="Azure ML mounts it below /var/azureml-app/azureml-models; its folder was told by AZUREML_MODEL_DIR",
)
CONTRACTS: Mapping[str, Contract] = {contract.cloud: contract for contract in (SAGEMAKER, VERTEX, AZURE)}
