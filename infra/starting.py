"""What `deploy infra init` writes into a team's own repository: a Pulumi project of a few lines, and its first stack."""

from __future__ import annotations

from collections.abc import Mapping

from tradewind.infra.arguments import Cloud

EXTRAS: dict[Cloud, str] = {"aws": "infra,aws", "gcp": "infra,gcp", "azure": "infra,azure", "local": "infra"}
_PROGRAM = '''\
"""The ground that deployments stand on: arguments from `pulumi config`, one component, its outputs."""

from tradewind.infra.program import run

run()

# Or mixed into a program of one's own, instead of run():
#
#   from tradewind.infra.arguments import {kind}FoundationArgs
#   from tradewind.infra.{cloud}.foundation import {kind}Foundation
#
#   ground = {kind}Foundation("{name}", {kind}FoundationArgs(environment="{stack}", {needed}))
#   ground.made.export()
'''
_KINDS: dict[Cloud, str] = {"aws": "Aws", "gcp": "Gcp", "azure": "Azure", "local": "Local"}
_EXAMPLES = """\
  # {name}:tags: {{team: growth}}
  # {name}:projects: [churn]
  # {name}:network: {{cidr: 10.40.0.0/16, private_endpoints: true}}
  # {name}:mails: [ml@example.com]
  # {name}:budget: {{month: 500}}
  # {name}:github: {{repository: acme/churn}}
"""


def files(
    cloud: Cloud, name: str, stack: str, needed: Mapping[str, str], more: Mapping[str, str] = {}
) -> Mapping[str, str]:
    """Text by file name. `name` is Pulumi's project and begins what is made; `needed` is the cloud's: see NEEDED.

    The pip toolchain, since its virtual environment lies in the project and an outer repository's is left alone.
    """
    said = ", ".join(f'{key}="{value}"' for key, value in needed.items())
    config = {"cloud": cloud, "name": name, **needed, **more}
    said_in_full = {key if ":" in key else f"{name}:{key}": value for key, value in config.items()}
    keys = "".join(f"  {key}: {_written(value)}\n" for key, value in said_in_full.items())
    short = stack.rpartition("/")[2]  # an organization is in no file's name
    project = (
        f"name: {name}\ndescription: The ground that deployments stand on\n"
        "runtime:\n  name: python\n  options:\n    toolchain: pip\n    virtualenv: venv\n"
    )
    return {
        "Pulumi.yaml": project,
        f"Pulumi.{short}.yaml": f"config:\n{keys}{_EXAMPLES.format(name=name)}",
        "__main__.py": _PROGRAM.format(kind=_KINDS[cloud], cloud=cloud, name=name, stack=short, needed=said),
        "requirements.txt": f"tradewind[{EXTRAS[cloud]}]\n",
        ".gitignore": "venv/\n__pycache__/\n",
    }


def _written(value: str) -> str:
    """JSON is YAML as it is; anything else is a text, quoted where YAML would read it as another thing."""
    import yaml

    return (
        value if value.lstrip()[:1] in ("{", "[") else yaml.safe_dump(value, width=10_000).removesuffix("...\n").strip()
    )


NEEDED: dict[Cloud, tuple[str, ...]] = {
    "aws": ("region",),
    "gcp": ("project", "region"),
    "azure": ("subscription", "region"),
    "local": ("folder",),
}
