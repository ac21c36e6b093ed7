"""A program of somebody else's, on AWS's own object layer (sagemaker-core): reads what stands in the account, and takes it down.

Runs in an environment of its own, with the account's address in AWS_ENDPOINT_URL. Arguments: the job's and the endpoint's name,
and the file that is written. Each resource is a strict pydantic model of AWS's: a member that is missing, strange or of the
wrong type ends the program. (invoke_with_response_stream of 2.27 fails on botocore's own EventStream, so it is not asked.)
"""

# mypy: ignore-errors

import json
import sys
from pathlib import Path

from sagemaker.core.resources import Endpoint, EndpointConfig, Model, TrainingJob
from sagemaker.core.utils.logs import MultiLogStreamHandler


def job_of(name):
    job = TrainingJob.get(training_job_name=name)
    job.refresh()
    job.wait(poll=1, timeout=60, logs=True)
    listed = [one.training_job_name for one in TrainingJob.get_all(name_contains=name, sort_by="Name")]
    log = MultiLogStreamHandler("/aws/sagemaker/TrainingJobs", name, 1)
    return {
        "status": job.training_job_status,
        "secondary": [one.status for one in job.secondary_status_transitions],
        "image": job.algorithm_specification.training_image,
        "instance": job.resource_config.instance_type,
        "model": job.model_artifacts.s3_model_artifacts,
        "listed": listed,
        "log": [event["message"] for _, event in log.get_latest_log_events()],
    }


def endpoint_of(name):
    endpoint = Endpoint.get(endpoint_name=name)
    endpoint.wait_for_status("InService", poll=1, timeout=60)
    config = EndpointConfig.get(endpoint_config_name=endpoint.endpoint_config_name)
    model = Model.get(model_name=config.production_variants[0].model_name)
    answer = endpoint.invoke(body=b"[1.0, 2.0]", content_type="application/json", accept="application/json")
    log = MultiLogStreamHandler(f"/aws/sagemaker/Endpoints/{name}", config.production_variants[0].variant_name, 1)
    return {
        "status": endpoint.endpoint_status,
        "variants": [one.variant_name for one in endpoint.production_variants],
        "image": model.primary_container.image,
        "answer": json.loads(answer.body.read()),
        "content_type": answer.content_type,
        "listed": {
            "endpoints": [one.endpoint_name for one in Endpoint.get_all(name_contains=name)],
            "configs": [one.endpoint_config_name for one in EndpointConfig.get_all(name_contains=name)],
            "models": [one.model_name for one in Model.get_all(name_contains=name)],
        },
        "log": [event["message"] for _, event in log.get_latest_log_events()],
    }


def taken_down(name):
    endpoint = Endpoint.get(endpoint_name=name)
    config = EndpointConfig.get(endpoint_config_name=endpoint.endpoint_config_name)
    model = Model.get(model_name=config.production_variants[0].model_name)
    endpoint.delete()
    endpoint.wait_for_delete(poll=1, timeout=60)
    config.delete()
    model.delete()
    return [one.endpoint_name for one in Endpoint.get_all(name_contains=name)]


if __name__ == "__main__":
    job, endpoint, to = sys.argv[1:]
    said = {"job": job_of(job), "endpoint": endpoint_of(endpoint), "left": taken_down(endpoint)}
    Path(to).write_text(json.dumps(said))
