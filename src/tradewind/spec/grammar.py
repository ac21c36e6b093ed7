"""The JSON Schema of deploy.yaml (2020-12), from the models: what people write, not what is held after parsing."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tradewind.spec.fields import Field
from tradewind.spec.loading import DEFAULT_ENVIRONMENT, ENVIRONMENT, MAX_ENVIRONMENTS
from tradewind.spec.models import Spec
from tradewind.spec.rules import RULES
from tradewind.spec.validate import BUILT_IN, block_model

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INTERPOLATED = {"$ref": "#/$defs/Interpolated"}
_NO_VARIABLES = ("Train", "command")

Json = dict[str, Any]


def schema(blocks: Mapping[str, type[BaseModel]] | None = None) -> Json:
    """The schema of a whole file. `blocks` are the settings models of plug-ins by provider's name."""
    made = _Maker()
    made.model(Spec)
    for name in BUILT_IN:
        model = block_model(name, {})
        assert model is not None
        made.defs["Spec"]["properties"][name] = {"description": docs(Spec)[name], **_or_null(made.model(model))}
    for name, model in (blocks or {}).items():
        described = {"description": f"What exists on {name} only."}
        made.defs["Spec"]["properties"][name] = {**described, **_or_null(made.foreign(model))}
    root, defs = made.defs["Spec"], made.defs
    for name, rules in RULES.items():
        if name in defs:
            defs[name].update(deepcopy(rules))
    overlays = {_over(name): _partial(each) for name, each in defs.items() if "properties" in each}
    del defs["Spec"]
    root["properties"]["environments"] = {
        "description": "What differs by environment, laid over the rest by --env: maps merge, lists and one-of keys replace.",
        "type": ["object", "null"],
        "maxProperties": MAX_ENVIRONMENTS,
        "propertyNames": {"pattern": ENVIRONMENT.pattern, "not": {"const": DEFAULT_ENVIRONMENT}},
        "additionalProperties": {"anyOf": [{"$ref": f"#/$defs/{_over('Spec')}"}, {"type": "null"}]},
    }
    return {
        "$schema": DIALECT,
        "title": "deploy.yaml",
        **root,
        "$defs": {**defs, **overlays, "Interpolated": {"type": "string", "pattern": r"(^|[^$])\$\{"}},
    }


def _over(name: str) -> str:
    return f"{name}Overlay"


class _Maker:
    def __init__(self) -> None:
        self.defs: dict[str, Json] = {}

    def model(self, model: type[BaseModel]) -> Json:
        name = model.__name__
        if name not in self.defs:
            self.defs[name] = {}  # taken, before what is inside asks for it
            said = docs(model)
            properties: Json = {}
            for key, field in model.model_fields.items():
                if model is Spec and key in BUILT_IN:
                    continue
                described = {"description": said[key]} if key in said else {}
                properties[key] = {**described, **self.field(field, (name, key) != _NO_VARIABLES)}
            self.defs[name] = {
                "description": inspect.getdoc(model) or "",
                "type": "object",
                "properties": properties,
                "required": [key for key, field in model.model_fields.items() if field.is_required()],
                "additionalProperties": False,
            }
        return {"$ref": f"#/$defs/{name}"}

    def field(self, field: FieldInfo, variables: bool) -> Json:
        kind = next((m for m in field.metadata if isinstance(m, Field)), None)
        made = self.kind(kind, field.annotation) if kind else self.annotation(field.annotation)
        if variables:
            made = _or_variable(made)
        return made if field.is_required() else _or_null(made)

    def kind(self, kind: Field, annotation: Any) -> Json:
        if kind.inner:
            self.annotation(annotation)  # what the forms refer to
        return deepcopy(dict(kind.schema))

    def annotation(self, annotation: Any) -> Json:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            kind = next((m for m in arguments[1:] if isinstance(m, Field)), None)
            return self.kind(kind, arguments[0]) if kind else self.annotation(arguments[0])
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin is tuple:
            return {"type": "array", "items": _or_variable(self.annotation(arguments[0]))}
        if origin is dict:
            values = _or_variable(self.annotation(arguments[1]))
            return {"type": "object", "propertyNames": self.names(arguments[0]), "additionalProperties": values}
        if type(None) in arguments:
            return self.annotation(next(a for a in arguments if a is not type(None)))
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self.model(annotation)
        raise TypeError(f"no schema for {annotation!r}")

    def names(self, annotation: Any) -> Json:
        made = self.annotation(annotation)
        return {key: value for key, value in made.items() if key != "type"}

    def foreign(self, model: type[BaseModel]) -> Json:
        """A plug-in's own model, by pydantic's own schema of it."""
        made = model.model_json_schema(ref_template="#/$defs/{model}")
        self.defs.update(made.pop("$defs", {}))
        self.defs[model.__name__] = made
        return {"$ref": f"#/$defs/{model.__name__}"}


def _or_null(made: Json) -> Json:
    return _or(made, {"type": "null"})


def _or_variable(made: Json) -> Json:
    """A value may be written ${VAR} wherever it is a scalar."""
    if "$ref" in made or made.get("type") in ("object", "array"):
        return made
    if made.get("type") == "string" and "pattern" not in made:
        return made
    return _or(made, _INTERPOLATED)


def _or(made: Json, other: Json) -> Json:
    if "anyOf" in made:
        return {**made, "anyOf": [*made["anyOf"], other]}
    described = {k: v for k, v in made.items() if k == "description"}
    rest = {k: v for k, v in made.items() if k != "description"}
    return {**described, "anyOf": [rest, other]}


_WHOLE = {"foundation", "gpu", "image"}  # what an overlay replaces, it says in full


def _partial(made: Json) -> Json:
    """What an overlay may say: everything is optional, null takes a key away, rules across keys wait for the merge."""
    rules = {"required", "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentRequired", "minProperties"}
    over = {key: value for key, value in made.items() if key not in rules}
    required = made.get("required", ())
    over["properties"] = {
        key: _inside(value) if key in required else value if key in _WHOLE else _nullable(value)
        for key, value in made["properties"].items()
    }
    return over


def _nullable(made: Json) -> Json:
    made = _inside(made)
    has_null = any(option == {"type": "null"} for option in made.get("anyOf", ()))
    return made if has_null else _or_null(made)


def _inside(made: Any) -> Any:
    if isinstance(made, list):
        return [_inside(item) for item in made]
    if not isinstance(made, dict):
        return made
    if made.get("type") == "array":
        return made  # replaced as a whole
    found = {key: _inside(value) for key, value in made.items()}
    reference = found.get("$ref")
    if reference and reference != _INTERPOLATED["$ref"]:
        found["$ref"] = f"{reference}Overlay"
    if found.get("type") == "object" and isinstance(found.get("additionalProperties"), dict):
        found["additionalProperties"] = _or_null(found["additionalProperties"])
    return found


@cache
def docs(model: type[BaseModel]) -> dict[str, str]:
    """The text under each field. Read from the source here, since doing it while importing would cost every command."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found.update(_documented(base))
    found.update({key: field.description for key, field in model.model_fields.items() if field.description})
    return found


def _documented(model: type) -> Iterator[tuple[str, str]]:
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)
    for statement, after in zip(body.body, body.body[1:], strict=False):
        named = isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        if named and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            yield statement.target.id, inspect.cleandoc(str(after.value.value))  # type: ignore[attr-defined]
