"""The tiny project on SageMaker as with an account of one's own: its ground is a file, AWS_ENDPOINT_URL says where AWS is."""

from __future__ import annotations

import json
from pathlib import Path

from fakes.project import SERVE, TRAIN, Project

ROLE = "arn:aws:iam::123456789012:role/trainer"
BUCKET = "work"
SPEC = """\
name: {name}
provider: aws
foundation: {{file: foundation.json}}
train:
  source: training/
  command: python train.py --factor {{factor}}
  framework: sklearn
  parameters: {{factor: 2}}
  max_runtime: 10m
serve:
  model: train
  handler: serve.py
  framework: sklearn
  startup_timeout: 5m
  rollout: {{strategy: canary, steps: [50], bake: 1m, min_requests: 5, keep: 0s, abort_if: {{error_rate: 5%}}}}
"""
ASK = [1.0, 2.0]


def tiny(folder: Path, url: str, name: str = "tiny") -> Project:
    project = Project(
        folder,
        {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "TRADEWIND_HOME": str(folder / "home"),
        },
    )
    ground = {"root": f"s3://{BUCKET}/root", "region": "us-east-1", "outputs": {"runtime_role": ROLE}}
    project.write("foundation.json", json.dumps(ground))
    project.write("deploy.yaml", SPEC.format(name=name))
    project.write("training/train.py", TRAIN)
    project.write("serve.py", SERVE)
    return project
