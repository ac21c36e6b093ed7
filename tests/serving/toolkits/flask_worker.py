"""A worker of the scikit-learn and XGBoost images (sagemaker-containers): cases from stdin, answers to stdout.

The module is brought in as `serve` does it (copied from SAGEMAKER_SUBMIT_DIRECTORY, `pip install .`), and the Flask
application is that of `sagemaker_sklearn_container.serving.main`, which is no package of its own.
"""

from __future__ import annotations

import base64
import collections
import collections.abc
import importlib
import json
import sys
from typing import Any

collections.Mapping = collections.abc.Mapping  # type: ignore[attr-defined]  # AWS patches the package so in its images

from sagemaker_containers.beta.framework import env, modules, transformer, worker  # noqa: E402


def main() -> None:
    place = env.ServingEnv()
    modules.import_module(place.module_dir, place.module_name)
    module: Any = importlib.import_module(place.module_name)
    made = transformer.Transformer(
        model_fn=module.model_fn, input_fn=module.input_fn, predict_fn=module.predict_fn, output_fn=module.output_fn
    )
    made.initialize()
    app = worker.Worker(transform_fn=made.transform, module_name=place.module_name)
    client = app.test_client()
    json.dump([_asked(client, case) for case in json.load(sys.stdin)], sys.__stdout__)


def _asked(client: Any, case: dict[str, Any]) -> list[Any]:
    headers = {"X-Me": "me", "X-Request-Id": "1"}
    if case["accept"] is not None:
        headers["Accept"] = case["accept"]
    body = base64.b64decode(case["body"])
    answer = client.post("/invocations", data=body, content_type=case["content_type"], headers=headers)
    return [answer.status_code, answer.headers["Content-Type"], base64.b64encode(answer.data).decode()]


if __name__ == "__main__":
    main()
