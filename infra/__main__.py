"""What `main: infra` of Pulumi.yaml runs."""

import sys
from pathlib import Path

# Pulumi runs the folder by runpy, which puts it first: its `azure` would stand before Azure's own package.
_HERE = Path(__file__).resolve().parent
sys.path[:] = [it for it in sys.path if not it or Path(it).resolve() != _HERE]

from tradewind.infra.program import run  # noqa: E402

run()
