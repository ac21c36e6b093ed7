"""`python -E -P -m tradewind.sandbox.aws.toolkit scikit-learn|xgboost|pytorch|huggingface`, in a container's environment."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from tradewind.sandbox.aws.toolkit import install, place
from tradewind.sandbox.aws.toolkit.answers import Toolkit
from tradewind.sandbox.aws.toolkit.gunicorn import Gunicorn
from tradewind.sandbox.aws.toolkit.model_server import ModelServer
from tradewind.sandbox.aws.toolkit.serving import serve


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s - %(message)s")
    framework = sys.argv[1]
    here = place.of(os.environ)
    theirs()
    toolkit: Toolkit = (
        Gunicorn(here, framework) if framework in ("scikit-learn", "xgboost") else ModelServer(here, framework)
    )
    toolkit.prepare()
    serve(here.port, toolkit)


def theirs() -> None:
    """From here on imports are the user's: what PYTHONPATH names comes first, and of us nothing is left under our name."""
    install.first(*(Path(folder) for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "tradewind"]:
        del sys.modules[name]


if __name__ == "__main__":
    main()
