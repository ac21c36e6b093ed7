"""`train:`: what is run to make a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field as Default

from tradewind.spec.command import placeholders
from tradewind.spec.fields import Field, Flag, Line, LongDuration, Parameter, text, whole, wrong
from tradewind.spec.models.base import Model, Relation, unsaid
from tradewind.spec.models.hardware import Hardware
from tradewind.spec.models.shared import Env, Framework, Images, Secrets
from tradewind.spec.refs import INPUT, SCHEMES, URI
from tradewind.spec.suggest import closest

INPUT_SAID = f"an input is a local path, {', '.join(s + '://' for s in SCHEMES)}..., or run:NAME of an earlier run"
InputUri = Annotated[str, text(INPUT, INPUT_SAID)]
InputName = Annotated[
    str, text(r"^[A-Za-z][A-Za-z0-9_-]{0,62}$", "an input's name is letters, digits, - and _, and starts with a letter")
]
ParameterName = Annotated[
    str,
    text(
        r"^[A-Za-z_][A-Za-z0-9_.-]{0,127}$",
        "a parameter's name is letters, digits, _, - and ., and starts with no digit",
    ),
]


def _input(value: Any, _written: bool) -> Any:
    if isinstance(value, str):
        return {"uri": value}
    if isinstance(value, (Mapping, Input)):
        return value
    raise wrong(INPUT_SAID + ", or {uri: ..., mode: copy|stream}")


class Input(Model):
    """Data that a run reads."""

    uri: InputUri
    """Local path, s3://, gs://, az://, or `run:NAME` for the output of an earlier run."""
    mode: Literal["copy", "stream"] = "copy"
    """copy: all of it is on disk before the run starts; stream: read as it is used, where the cloud can."""


_INPUT_FORMS = {"anyOf": [{"type": "string", "pattern": INPUT}, {"$ref": "#/$defs/Input"}]}
InputForm = Annotated[Input, Field(_input, _INPUT_FORMS, inner=True)]


class Checkpoint(Model):
    """One folder on every cloud, kept across preemption and retries; TW_CHECKPOINT_DIR inside of the container."""

    uri: Annotated[str, text(URI, "a checkpoint folder is written like s3://bucket/folder")] | None = None
    """Where it is kept. Default: a folder under the foundation."""


class Train(Model):
    """A training run. The same run (code, inputs, parameters, image, hardware) is never paid for twice."""

    source: Line = "."
    """Folder that is shipped with the run. .gitignore and .deployignore are respected."""
    command: Annotated[str, text(r"\S", "a command cannot be empty", longest=65_536)]
    """What is run in that folder. `{name}` is a parameter, `{{` a brace; `${VAR}` is not filled in here."""
    framework: Framework | None = None
    """sklearn, pytorch, tensorflow, xgboost, huggingface, lightgbm or onnx, with :version where it matters. Picks the image."""
    image: Images | None = None
    """An image of your own instead of a framework's: one, or one for each provider."""
    parameters: dict[ParameterName, Parameter] = Default(default_factory=dict)
    """Values for the command and for TW_PARAMETERS."""
    inputs: dict[InputName, InputForm] = Default(default_factory=dict)
    """Data by name: `train` is the folder TW_INPUT_TRAIN. A path or address, or {uri, mode}."""
    hardware: Hardware = unsaid(Hardware)
    """What one machine must have."""
    nodes: Annotated[int, whole(1, 1000)] = 1
    """How many machines."""
    launcher: Literal["torchrun", "mpi", "none"] = "none"
    """Starts the command once for each GPU (torchrun), by mpirun (mpi), or once for each machine (none)."""
    spot: Flag = False
    """Cheaper machines that may be taken away. Needs `checkpoint:`."""
    checkpoint: Checkpoint | None = None
    """Keep a folder across preemption and retries. `{}` is enough."""
    max_runtime: LongDuration = timedelta(hours=24)
    """The run is stopped after this time."""
    expected: LongDuration | None = None
    """How long it should take, for what it will cost. Default: as long as earlier runs of this project, else `max_runtime`."""
    env: Env = Default(default_factory=dict)
    """Variables for training alone, over those at the top."""
    secrets: Secrets = ()
    """Secrets for training alone, besides those at the top."""

    def relations(self) -> Iterator[Relation]:
        if self.framework and self.image:
            yield Relation(
                ("image",), "is given together with `framework`; keep one of them", (("framework",), ("image",))
            )
        if self.spot and self.checkpoint is None:
            yield Relation(
                ("spot",),
                "spot machines can be taken away: `spot: true` needs `checkpoint: {}` (or {uri: ...})",
                (("checkpoint",),),
            )
        if self.expected is not None and self.expected > self.max_runtime:
            message = "must not be longer than `max_runtime`, after which the run is stopped"
            yield Relation(("expected",), message, (("expected",), ("max_runtime",)))
        yield from self._command()
        yield from self._inputs()

    def _command(self) -> Iterator[Relation]:
        about = (("parameters",), ("command",))
        for name, message in placeholders(self.command):
            if message:
                yield Relation(("command",), message, about)
            elif name not in self.parameters:
                meant = closest(name, self.parameters)
                yield Relation(
                    ("command",),
                    f"{{{name}}} is no parameter of this run; add it under `parameters:`, or write {{{{ for a brace",
                    about,
                    f"{{{meant}}}" if meant else "",
                )

    def _inputs(self) -> Iterator[Relation]:
        seen: dict[str, str] = {}
        for name in self.inputs:
            variable = name.upper().replace("-", "_")
            if variable in seen:
                message = f"is TW_INPUT_{variable} in the container, as {seen[variable]!r} is; rename one"
                yield Relation(("inputs", name), message, (("inputs",),))
            seen[variable] = name
