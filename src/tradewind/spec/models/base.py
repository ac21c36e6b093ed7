"""What all models of deploy.yaml share: unknown keys are errors, null means not said, rules across keys are gathered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

# Keys that are kept for later versions, so that using one today says so instead of "unknown key".
RESERVED: Mapping[str, frozenset[str]] = {
    "Spec": frozenset({"schedule", "schedules", "pipeline"}),
    "Serve": frozenset({"mode", "models", "shadow", "schedule"}),
}


M = TypeVar("M", bound="Model")


class Relation(NamedTuple):
    """A rule across keys that is broken. `at` is the key to point at, `about` every key that the rule looked at."""

    at: tuple[str, ...]
    message: str
    about: tuple[tuple[str, ...], ...] = ()
    suggestion: str = ""


class Model(BaseModel):
    # The core schema is built once, by the first file that is read, for the whole tree.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _null_is_not_said(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            fields = cls.model_fields
            return {k: v for k, v in value.items() if v is not None or k not in fields}
        return value

    def relations(self) -> Iterator[Relation]:
        """The broken rules across this model's keys."""
        return iter(())

    @model_validator(mode="after")
    def _gather(self) -> Self:
        broken = tuple(self.relations())
        if broken:
            said = "; ".join(r.message for r in broken)
            raise PydanticCustomError("relations", "{said}", {"said": said, "relations": broken})
        return self


def unsaid(model: type[M]) -> M:
    """The block where nothing was said, as a default: made without building the model's validator while importing."""
    return cast(M, model.model_construct())
