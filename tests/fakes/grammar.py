"""Documents drawn from a JSON Schema, for the keywords that our own schema uses. Rules across keys are left to chance.

hypothesis-jsonschema would be the ready-made way; its objects do not work with the hypothesis that is installed here.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from hypothesis import strategies as st

_WORDS = st.sampled_from(
    ["a", "train", "A1", "x-y", "team", "LOG_LEVEL", "API_KEY", "TW_A", "aws", "gcp", "1", "", "a b"]
)


class Drawer:
    """Draws from one schema. `few` bounds how many optional keys an object gets."""

    def __init__(self, schema: dict[str, Any], few: int = 4) -> None:
        self.defs = schema.get("$defs", {})
        self.few = few

    def draw(self, draw: st.DrawFn, node: Any) -> Any:
        if "$ref" in node:
            return self.draw(draw, self.defs[node["$ref"].rpartition("/")[2]])
        if "const" in node:
            return node["const"]
        if "enum" in node:
            return draw(st.sampled_from(node["enum"]))
        if "anyOf" in node:
            return self.draw(draw, draw(st.sampled_from(node["anyOf"])))
        kind = node.get("type")
        if isinstance(kind, list):
            kind = draw(st.sampled_from(kind))
        return getattr(self, f"_{kind}")(draw, node)

    def _string(self, draw: st.DrawFn, node: Any) -> str:
        return draw(_matching(node["pattern"])) if "pattern" in node else draw(st.text(max_size=20))

    def _integer(self, draw: st.DrawFn, node: Any) -> int:
        low = node.get("minimum", -10)
        return draw(st.integers(low, min(node.get("maximum", low + 50), low + 50)))

    def _number(self, draw: st.DrawFn, node: Any) -> float:
        low = max(node.get("minimum", -10), node.get("exclusiveMinimum", -10))
        high = min(node.get("maximum", low + 50), node.get("exclusiveMaximum", low + 50), low + 50)
        return draw(st.floats(low, high, allow_nan=False) | st.integers(int(low), int(high)))

    def _boolean(self, draw: st.DrawFn, _node: Any) -> bool:
        return draw(st.booleans())

    def _null(self, _draw: st.DrawFn, _node: Any) -> None:
        return None

    def _array(self, draw: st.DrawFn, node: Any) -> list[Any]:
        return [self.draw(draw, node["items"]) for _ in range(draw(st.integers(0, 3)))]

    def _object(self, draw: st.DrawFn, node: Any) -> dict[str, Any]:
        known = node.get("properties", {})
        required = node.get("required", [])
        optional = [key for key in known if key not in required]
        keys = [*required]
        if optional:
            keys += draw(st.lists(st.sampled_from(optional), max_size=self.few, unique=True))
        found = {key: self.draw(draw, known[key]) for key in keys}
        values = node.get("additionalProperties")
        if isinstance(values, dict):
            pattern = node.get("propertyNames", {}).get("pattern")
            names = _WORDS | _matching(pattern) if pattern else _WORDS
            for name in draw(st.lists(names, max_size=3, unique=True)):
                value = self.draw(draw, values)
                # An overlay's null takes nothing away under a name that cannot be there: no point in agreeing on it.
                if value is not None or (pattern and re.search(pattern, name)):
                    found[name] = value
        return found


@cache
def _matching(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern).filter(lambda text: len(text) < 200 and "${" not in text)
