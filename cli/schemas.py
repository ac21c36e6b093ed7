"""The JSON Schema of every document that a command may print: what docs/schemas is generated from.

`python -m tradewind.cli.schemas FOLDER` writes them; a test compares the folder with the models.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def documents() -> dict[str, type[Any]]:
    """By noun: the middle of `tradewind/<noun>/1`."""
    from tradewind.cli import documents as ours
    from tradewind.engine import results

    found: dict[str, type[Any]] = {}
    for module in (results, ours):
        for name in getattr(module, "__all__", None) or vars(module):
            model = getattr(module, name)
            if isinstance(model, type) and issubclass(model, results.Document) and model is not results.Document:
                found[str(model.model_fields["schema_"].default).split("/")[1]] = model
    return found


def _generator() -> type[Any]:
    """Every field is always printed, so every field is required."""
    from pydantic.json_schema import GenerateJsonSchema

    class Printed(GenerateJsonSchema):
        def field_is_required(self, *_args: Any, **_kwargs: Any) -> bool:
            return True

    return Printed


def schemas() -> dict[str, dict[str, Any]]:
    """Of what is printed (serialised), not of what could be read back."""
    made: dict[str, dict[str, Any]] = {}
    generator = _generator()
    for noun, model in documents().items():
        it = model.model_json_schema(by_alias=True, mode="serialization", schema_generator=generator)
        made[noun] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"tradewind/{noun}/1", **it}
    return made


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for noun, it in schemas().items():
        (folder / f"{noun}.json").write_text(text(it), encoding="utf-8")


def text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
