"""`--set a.b=c`: one value by its path, laid over the file like an environment, the last one winning."""

from __future__ import annotations

import re

from tradewind.errors import Problem, SpecError
from tradewind.spec.nodes import Dict, Mark
from tradewind.spec.overlay import at_path
from tradewind.spec.secretive import HIDDEN, looks_secret, shown
from tradewind.spec.yaml12 import one, value

_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_:/=+@-]*(\.[A-Za-z0-9_:/+@-]+)*")

_YAML = ("[", "{", '"', "'")


def parse(text: str) -> Dict:
    """The tree of one override. `[10, 50]`, `{min: 2}` and "quoted" are YAML; all else is one scalar; nothing means null.

    So a `#`, `: ` or `*` on the command line is text, and nothing of it is lost as a comment.
    A value whose key looks like a secret's is not repeated in errors. Raises SpecError.
    """
    path, equals, written = text.partition("=")
    label = shown(f"--set {text if _may_show(path) else f'{path}={HIDDEN}'}", 100)
    if not equals or not _PATH.fullmatch(path):
        said = label if equals else shown(f"--set {path}")
        raise SpecError(
            [Problem("", "is not of the form a.b=value", said)], hint="for example: --set serve.replicas.max=4"
        )
    if path.split(".")[0] == "environments":
        raise SpecError(
            [Problem(path, "environments are not overridden; choose one by --env and override its result", label)]
        )
    mark = Mark(label)
    plain = written.strip()
    node = value(written, mark) if plain[:1] in _YAML else one(plain, mark)
    return at_path(tuple(path.split(".")), node, mark)


def _may_show(path: str) -> bool:
    return not any(looks_secret(part) for part in path.split(".")) and "secrets" not in path
