"""docs/reference/deploy-yaml.md, from the models: `python -m tradewind.spec.reference [FILE]` writes it, or prints it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from tradewind.spec import fields, units
from tradewind.spec.grammar import docs
from tradewind.spec.models import Spec
from tradewind.spec.validate import BUILT_IN, block_model

_HEAD = """\
# deploy.yaml

<!-- Written by `python -m tradewind.spec.reference docs/reference/deploy-yaml.md` from the models. Edit those. -->

Every key of the file. `deploy schema` prints the same as a JSON Schema, which editors use to complete and check:
put `# yaml-language-server: $schema=deploy.schema.json` on the first line, and `deploy schema > deploy.schema.json` beside it.

## How values are written

| kind | written | notes |
|---|---|---|
| duration | `90s` `5m` `2h` `1d` `1h30m` `500ms` | largest unit first; a bare number is refused |
| size | `6MB` `16GiB` | MB: millions of bytes; MiB: powers of 1024; in needs, `16GiB+` means the same as `16GiB` |
| CPUs | `4` `4+` `0.5` | at least so many; `4` and `4+` are the same |
| percentage | `1%` `0.5%` | |
| money | `20 USD` | amount and currency |
| count | `3` | a bare number |
| number | `12.5` | a bare number: requests or tokens a second |
| GPU | `L4`, `L40S:4`, `[L4:1, T4:1]` | by name; `A100` means either size, `A100-80GB` the one; `A10` and `A10G` are two cards |
| | `{name: L40S, count: 4}`, `{memory: 24GiB+, count: 2}` | in full; by nominal memory |
| text | `python: 3.12` | versions, tags and variables are taken as written, quoted or not |

YAML is read by its 1.2 core schema: `on`, `no` and `12:30` are texts, only `true` and `false` are flags.
A key that stands twice is an error. `null` means "not said".

`${VAR}` and `${VAR:-default}` work in every text but `train.command`; a variable that is not set is an error, `$${` stands
for `${`. Inside of `{...}` write it in quotes. In `train.command`, `{name}` is a parameter, `{{` and `}}` are braces.
Variables that look like secrets (`..._TOKEN`, `..._PASSWORD`, `..._KEY`) are refused, there and under `env:`: name them
under `secrets:`.

`environments:` holds, by name, what differs: `--env prod` lays `environments.prod` over the rest. Maps merge deeply; lists
replace; so do `foundation`, images and GPUs, and of keys that exclude each other (`framework`/`image`; the metrics of a
target) the overlay's wins. `null` takes a key away. `--set serve.replicas.max=4` is laid over that, the last one winning;
`[...]`, `{...}` and "quoted" values are YAML, all else is taken as it stands.

"""
_TABLE = "| key | written | default | meaning |\n|---|---|---|---|\n"


def reference() -> str:
    """The whole page."""
    parts = [_HEAD]
    parts.extend(_section("", Spec, 2, set()))
    for name in BUILT_IN:
        model = block_model(name, {})
        assert model is not None
        parts.extend(_section(name, model, 2, set()))
    return "".join(parts).rstrip("\n") + "\n"


def _section(path: str, model: type[BaseModel], level: int, seen: set[type]) -> Iterator[str]:
    title = f"`{path}`" if path else "Top of the file"
    yield f"{'#' * level} {title}\n\n{_text(inspect.getdoc(model) or '')}\n\n{_TABLE}"
    inner: list[tuple[str, type[BaseModel]]] = []
    said = docs(model)
    for key, field in model.model_fields.items():
        if model is Spec and key in BUILT_IN:
            yield f"| `{key}` | [block](#{key}) |  | {_text(said[key])} |\n"
            continue
        yield f"| `{key}` | {_written(field)} | {_default(field)} | {_text(said.get(key, ''))} |\n"
        below, step = _model(field.annotation)
        if below is not None:
            inner.append((f"{path}.{key}{step}".lstrip("."), below))
    if model is Spec:
        yield "| `environments` | name: {...} |  | What differs by environment; see above. |\n"
    yield "\n"
    for below_path, below in inner:
        if below.__name__ != "Money" and below not in seen:
            yield from _section(below_path, below, min(level + 1, 4), seen)


def _text(said: str) -> str:
    return said.replace("\n", " ").replace("|", "\\|")


def _model(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """The model that a key holds, and how it is reached: `.NAME` through a map, `[]` through a list."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _model(arguments[0])
    if origin is dict:
        return _model(arguments[1])[0], ".NAME"
    if origin is tuple:
        return _model(arguments[0])[0], "[]"
    for argument in arguments:
        if argument is not type(None) and _model(argument)[0]:
            return _model(argument)
    return (annotation, "") if isinstance(annotation, type) and issubclass(annotation, BaseModel) else (None, "")


_KINDS: list[tuple[Any, str]] = [
    (fields.Duration, "duration"),
    (fields.LongDuration, "duration, not 0s"),
    (fields.Size, "size"),
    (fields.SizeOrMore, "size"),
    (fields.Percent, "percentage"),
    (fields.Cpus, "CPUs"),
    (fields.Flag, "`true`, `false`"),
]


def _written(field: FieldInfo) -> str:
    kind = next((m for m in field.metadata if isinstance(m, fields.Field)), None)
    return _kind(kind, field.annotation)


def _kind(kind: fields.Field | None, annotation: Any) -> str:
    for named, word in _KINDS:
        if kind is not None and kind is named.__metadata__[0]:
            return word
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(next((m for m in arguments[1:] if isinstance(m, fields.Field)), None), arguments[0])
    if type(None) in arguments:
        return _kind(kind, next(a for a in arguments if a is not type(None)))
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin is dict and (kind is None or kind.schema.get("type") == "object"):
        return f"{{name: {_kind(None, arguments[1])}}}"
    if origin is tuple:
        return "GPU" if "Gpu" in str(annotation) else f"[{_kind(None, arguments[0])}, ...]"
    schema = kind.schema if kind else {}
    if schema.get("type") == "integer":
        return f"count, {schema['minimum']} {'or more' if schema['maximum'] == fields.MOST else 'to ' + str(schema['maximum'])}"
    if schema.get("type") == "number":
        return "number"
    if kind is fields.Parameter.__metadata__[0]:  # type: ignore[attr-defined]
        return "text, number, `true`, `false`"
    if schema.get("pattern") == units.MONEY:
        return "money"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "text or block" if kind else "block"
    return "text"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default if field.default is not PydanticUndefined else None
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, timedelta):
        return f"`{units.format_duration(value)}`"
    if isinstance(value, float):
        return f"`{units.format_percent(value)}`"
    if isinstance(value, int) and value >= 10_000:
        return f"`{units.format_size(value)}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`" if value else ""
    return f"`{value}`" if isinstance(value, (int, str)) and value != "" else ""


def main() -> None:
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
    else:
        sys.stdout.write(reference())


if __name__ == "__main__":
    main()
