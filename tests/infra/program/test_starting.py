"""What `deploy infra init` writes: it validates as it stands, its examples too, and the program is Python."""

from __future__ import annotations

import ast

import pytest
import yaml

from tradewind.infra.arguments import CLOUDS, Cloud
from tradewind.infra.config import arguments
from tradewind.infra.starting import NEEDED, files

SAID = {
    "region": {"aws": "eu-west-1", "gcp": "europe-west1", "azure": "westeurope"},
    "project": {"gcp": "acme-ml-prod"},
    "subscription": {"azure": "00000000-0000-0000-0000-000000000001"},
    "folder": {"local": "/srv/ground"},
}


def _config(text: str) -> dict[str, object]:
    return {key.removeprefix("ground:"): value for key, value in yaml.safe_load(text)["config"].items()}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_each_cloud_starts(cloud: Cloud) -> None:
    needed = {key: SAID[key][cloud] for key in NEEDED[cloud]}
    made = files(cloud, "ground", "dev", needed)
    assert yaml.safe_load(made["Pulumi.yaml"])["name"] == "ground"
    config = _config(made["Pulumi.dev.yaml"])
    assert arguments(config, "dev", "ground").environment == "dev"
    ast.parse(made["__main__.py"])
    own = [line.removeprefix("#   ") for line in made["__main__.py"].splitlines() if line.startswith("#   ")]
    ast.parse("\n".join(own))
    examples = _config(made["Pulumi.dev.yaml"].replace("  # ", "  "))
    if cloud == "gcp":
        examples["billing_account"] = "012345-6789AB-CDEF01"
    assert arguments(examples, "dev", "ground").tags == {"team": "growth"}


def test_a_key_of_another_namespace_stays_as_it_was_said() -> None:
    made = files("aws", "ground", "dev", {"region": "eu-west-1"}, {"aws:profile": "prod", "log_days": "7"})
    config = yaml.safe_load(made["Pulumi.dev.yaml"])["config"]
    assert (config["aws:profile"], config["ground:log_days"]) == ("prod", "7")
