"""Blocks that training and serving have in common: code, images, variables, secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from tradewind.spec.fields import ENV_NAME, EnvName, Field, Line, as_text, text, wrong
from tradewind.spec.models.base import Model
from tradewind.spec.refs import FRAMEWORK, FRAMEWORK_ALIASES, FRAMEWORKS, provider
from tradewind.spec.secretive import SECRET_NAME

NAME = r"^[A-Za-z][A-Za-z0-9_-]{0,62}$"
NAME_SAID = "a name is letters, digits, - and _, starts with a letter, and has at most 63 characters"
PROVIDER = r"^[A-Za-z][A-Za-z0-9_-]{0,62}$"
_IMAGE = r"^[A-Za-z0-9][A-Za-z0-9_.:/@+-]*$"
_IMAGE_SAID = "an image is written like registry/name:tag or registry/name@sha256:..."
_NO_LOGIN = r"^(?![A-Za-z+]+://[^/]*@)\S+$"


def _framework(value: Any, _written: bool) -> str:
    if isinstance(value, str) and re.search(FRAMEWORK, value):
        return value.removesuffix("\n")
    said = f"a framework is {', '.join(FRAMEWORKS[:-1])} or {FRAMEWORKS[-1]}, with :version where it matters"
    if not isinstance(value, str):
        raise wrong(said)
    name, colon, version = value.partition(":")
    meant = FRAMEWORK_ALIASES.get(name.lower())
    if not meant:
        from tradewind.spec.suggest import closest

        meant = closest(name.lower(), [*FRAMEWORK_ALIASES, *FRAMEWORKS])
        meant = FRAMEWORK_ALIASES.get(meant, meant)
    full = f"{meant}{colon}{version}"
    raise wrong(said, full if re.search(FRAMEWORK, full) else meant)


def each_once(value: Any, _written: bool) -> Any:
    """A map by provider: an alias beside its canonical name would silently win."""
    if isinstance(value, Mapping):
        names = [provider(str(name)) for name in value]
        for name in names:
            if names.count(name) > 1:
                raise wrong(f"names {name} twice, once by an alias; keep one of them")
    return value


def _images(value: Any, _written: bool) -> str | dict[str, str]:
    if isinstance(value, str) and re.search(_IMAGE, value):
        return value.removesuffix("\n")
    if isinstance(value, Mapping) and value:
        for name, uri in value.items():
            if not re.search(PROVIDER, str(name)):
                raise wrong("is a provider's name -> image, like {aws: URI, gcp: URI}")
            if not isinstance(uri, str) or not re.search(_IMAGE, uri):
                raise wrong(f"{name}: {_IMAGE_SAID}")
        each_once(value, False)
        return {provider(name): uri.removesuffix("\n") for name, uri in value.items()}
    raise wrong(f"{_IMAGE_SAID}, or one for each provider: {{aws: URI, gcp: URI}}")


Framework = Annotated[str, Field(_framework, {"type": "string", "pattern": FRAMEWORK})]
Images = Annotated[
    str | dict[str, str],
    Field(
        _images,
        {
            "anyOf": [
                {"type": "string", "pattern": _IMAGE},
                {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": {"pattern": PROVIDER},
                    "additionalProperties": {"type": "string", "pattern": _IMAGE},
                },
            ]
        },
    ),
]


def _variable(value: Any, written: bool) -> str:
    name = str(ENV_VARIABLE.read(value, written))
    if name.upper().startswith("TW_"):
        raise wrong("names that start with TW_ are the container contract's own")
    if re.search(SECRET_NAME, name):
        raise wrong(f"looks like a secret: name it under `secrets: [{name}]`; values stay out of the file")
    return name


ENV_VARIABLE = text(ENV_NAME, "a variable's name is letters, digits and _, and starts with no digit")
Variable = Annotated[
    str,
    Field(
        _variable,
        {"allOf": [{"pattern": ENV_NAME}, {"not": {"pattern": "^[Tt][Ww]_"}}, {"not": {"pattern": SECRET_NAME}}]},
    ),
]
VariableValue = Annotated[str, text(r"^[^\x00]*$", "holds a NUL character", kind=True, longest=32_768)]
Env = dict[Variable, VariableValue]
Secrets = tuple[EnvName, ...]


PYTHON = r"^3\.([7-9]|1[0-9])(\.[0-9]{1,2})?$"
_PYTHON_SAID = "a version of Python 3 is written like 3.12"
_PYTHON_NUMBERS = [3.1, *(float(f"3.{minor}") for minor in (7, 8, 9, *range(11, 20)))]


def _python(value: Any, written: bool) -> str:
    if not isinstance(value, str) and as_text(value) == "3.1":
        return "3.10"  # what other tools that write YAML or JSON make of an unquoted 3.10
    return str(text(PYTHON, _PYTHON_SAID, kind=True, example="3.12").read(value, written))


Python = Annotated[str, Field(_python, {"anyOf": [{"type": "string", "pattern": PYTHON}, {"enum": _PYTHON_NUMBERS}]})]


class Runtime(Model):
    """What the code needs, train and serve alike."""

    python: Python | None = None
    """Version of Python: `"3.12"`."""
    requirements: Line | None = None
    """Path of the requirements file, beside deploy.yaml."""
    index: (
        Annotated[
            str,
            text(
                _NO_LOGIN,
                "an index is an address without user or password; for a private one name PIP_INDEX_URL under `secrets:`",
            ),
        ]
        | None
    ) = None
    """Address of a package index other than the public one."""
