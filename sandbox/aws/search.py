"""SageMaker's Search: resources that fulfil an expression over their own members. Source: the API's page on Filter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tradewind.sandbox.aws.catalog import Catalog
from tradewind.sandbox.aws.faults import invalid
from tradewind.sandbox.aws.pages import page
from tradewind.sandbox.aws.validation import model

Said = Mapping[str, Any]
Test = Callable[[Said], bool]
RESOURCES = ("TrainingJob", "Endpoint", "Model")
PAGE, DEEPEST = 10, 5
NUMBERS = ("integer", "long", "float", "double")
ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "GreaterThan": lambda left, right: left > right,
    "GreaterThanOrEqualTo": lambda left, right: left >= right,
    "LessThan": lambda left, right: left < right,
    "LessThanOrEqualTo": lambda left, right: left <= right,
}
SAMES: Mapping[str, Callable[[Any, Any], bool]] = {"Equals": lambda left, right: left == right,
                                                  "NotEquals": lambda left, right: left != right}  # fmt: skip


class Search:
    """`operations` has the one call."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.operations = {"Search": self._search}

    def _search(self, said: Said, region: str) -> Said:
        resource = said["Resource"]
        if resource not in RESOURCES:
            raise invalid(f"This sandbox searches {', '.join(RESOURCES)}, and has no {resource}.")
        for name in ("VisibilityConditions", "CrossAccountFilterOption"):
            if said.get(name) not in (None, "SameAccount"):
                raise invalid(f"This sandbox does not emulate {name} of Search.")
        shape = model().shape_for(resource)
        test = _expression(said["SearchExpression"], shape, 1) if said.get("SearchExpression") else lambda _: True
        order = said.get("SortBy") or ("LastModifiedTime" if "LastModifiedTime" in shape.members else "CreationTime")
        _kind(order, shape)
        found = [one for one in self._catalog.documents(resource, region) if test(one)]
        found.sort(key=lambda one: _rank(one, order), reverse=said.get("SortOrder", "Descending") == "Descending")
        shown, token = page(found, said, size=PAGE)
        results = [
            {resource: _whole(resource, {key: one[key] for key in one if key in shape.members})} for one in shown
        ]
        return {"Results": results, **token, "TotalHits": {"Value": len(found), "Relation": "EqualTo"}}


def _whole(resource: str, document: dict[str, Any]) -> dict[str, Any]:
    """A model is found in the dashboard's form of it."""
    return {"Model": document} if resource == "Model" else document


def _expression(said: Said, shape: Any, depth: int) -> Test:
    """Raises ServiceError for what the service would not understand."""
    if depth > DEEPEST:
        raise invalid(f"SubExpressions may be nested {DEEPEST} deep at most.")
    tests = [_filter(one, shape) for one in said.get("Filters") or ()]
    tests += [_nested(one, shape) for one in said.get("NestedFilters") or ()]
    tests += [_expression(one, shape, depth + 1) for one in said.get("SubExpressions") or ()]
    if not tests:
        raise invalid("You must specify at least one subexpression, filter, or nested filter.")
    all_or_any = any if said.get("Operator") == "Or" else all
    return lambda document: all_or_any(test(document) for test in tests)


def _nested(said: Said, shape: Any) -> Test:
    """Fulfilled if one object of the list fulfils every filter."""
    path = said["NestedPropertyName"]
    if _kind(path, shape) != "list":
        raise invalid(f"{path} is not a list of this resource's.")
    member = _shape(path, shape).member
    start = f"{path}."
    filters = [{**one, "Name": one["Name"].removeprefix(start)} for one in said["Filters"]]
    tests = [_filter(one, member) for one in filters]
    return lambda document: any(
        all(test(part) for test in tests) for found in _values(document, path.split(".")) for part in _parts(found)
    )


def _filter(said: Said, shape: Any) -> Test:
    path, how, value = said["Name"], said.get("Operator") or "Equals", said.get("Value")
    kind = _kind(path, shape)
    steps = path.split(".", 1) if path.startswith(("Tags.", "HyperParameters.", "Environment.")) else path.split(".")
    if how in ("Exists", "NotExists"):
        return lambda document: any(True for _ in _values(document, steps)) is (how == "Exists")
    if value is None:
        raise invalid(f"Value must be given with the operator {how}.")
    if how in ("Contains", "In") and kind != "string":
        raise invalid(f"The operator {how} is only supported for text properties, and {path} is none.")
    if how in ORDERS and kind == "string":
        raise invalid(f"The operator {how} is not supported for text properties such as {path}.")
    if how == "Contains":
        return lambda document: any(value in found for found in _values(document, steps))
    if how == "In":
        choices = [choice.strip() for choice in value.split(",")]
        return lambda document: any(found in choices for found in _values(document, steps))
    wanted, compare = _read(value, kind, path), {**ORDERS, **SAMES}[how]
    if how == "NotEquals":
        return lambda document: all(found != wanted for found in _values(document, steps))
    return lambda document: any(compare(found, wanted) for found in _values(document, steps))


def _kind(path: str, shape: Any) -> str:
    return str(_shape(path, shape).type_name)


def _shape(path: str, shape: Any) -> Any:
    """Of a property by its path, through lists and maps. Raises ServiceError where there is none."""
    steps = path.split(".", 1) if path.startswith("Tags.") else path.split(".")
    if len(steps) == 2 and steps[0] == "Tags" and "Tags" in shape.members:
        return shape.members["Tags"].member.members["Value"]
    for number, step in enumerate(steps):
        shape = shape.member if shape.type_name == "list" else shape
        if shape.type_name == "map":
            return shape.value
        if shape.type_name != "structure" or step not in shape.members:
            raise invalid(f"Unknown property name: {'.'.join(steps[: number + 1])}")
        shape = shape.members[step]
    return shape


def _values(document: Any, steps: list[str]) -> Iterator[Any]:
    """All that a path leads to, through every part of lists on the way."""
    if document is None:
        return
    if not steps:
        yield document
    elif isinstance(document, list):
        for part in document:
            yield from _values(part, steps)
    elif isinstance(document, Mapping):
        first, *rest = steps
        if first == "Tags" and rest and first in document:
            yield from (tag["Value"] for tag in document["Tags"] if tag["Key"] == rest[0])
        elif first in document:
            yield from _values(document[first], rest)


def _parts(found: Any) -> list[Any]:
    return list(found) if isinstance(found, (list, tuple)) else [found]


def _read(value: str, kind: str, path: str) -> Any:
    """A filter's text as a value of the property's type. Raises ServiceError."""
    try:
        if kind in NUMBERS:
            return float(value)
        if kind == "boolean":
            return {"true": True, "false": False}[value.lower()]
        if kind == "timestamp":
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, KeyError) as error:
        raise invalid(f"{value} is not a value of {path}, which is of type {kind}.") from error
    if kind != "string":
        raise invalid(f"{path} cannot be compared: it is of type {kind}.")
    return value


def _rank(document: Said, order: str) -> tuple[bool, Any, str]:
    """What does not have the property comes first, as nothing is less than something."""
    found = next(_values(document, order.split(".")), None)
    name = next((str(document[key]) for key in ("TrainingJobName", "EndpointName", "ModelName") if key in document), "")
    return (False, 0, name) if found is None else (True, found, name)
