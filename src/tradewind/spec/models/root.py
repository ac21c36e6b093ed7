"""The whole of deploy.yaml after its environment was laid over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, PrivateAttr, SerializeAsAny
from pydantic import Field as Default

from tradewind.spec import units
from tradewind.spec.fields import WRITTEN, Field, Flag, Line, Text, text, wrong
from tradewind.spec.models.base import Model, Relation, unsaid
from tradewind.spec.models.prices import Prices
from tradewind.spec.models.serve import Serve
from tradewind.spec.models.shared import NAME, NAME_SAID, PROVIDER, Env, Runtime, Secrets, each_once
from tradewind.spec.models.train import Train
from tradewind.spec.refs import URI, provider

if TYPE_CHECKING:
    from tradewind.spec.clouds.aws import Aws
    from tradewind.spec.clouds.azure import Azure
    from tradewind.spec.clouds.gcp import Gcp
    from tradewind.spec.clouds.local import Local
else:  # the models of the clouds are imported for what a file names, and not before

    def _block(name: str) -> Any:
        def read(value: Any, written: bool) -> Any:
            if isinstance(value, Mapping):
                model = getattr(import_module(f"tradewind.spec.clouds.{name}"), name.capitalize())
                return model.model_validate(value, context=WRITTEN if written else None)
            return value

        return Annotated[SerializeAsAny[BaseModel], Field(read, {}, inner=True)]

    Aws, Azure, Gcp, Local = map(_block, ("aws", "azure", "gcp", "local"))


class Money(Model):
    """An amount in one currency."""

    amount: Decimal
    currency: str


def _money(value: Any, _written: bool) -> Any:
    if isinstance(value, Money):
        return value
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        amount, currency = units.money(getattr(value, "text", None) or str(value))
        return Money(amount=amount, currency=currency)
    raise wrong("an amount of money is written like 20 USD")


MoneyField = Annotated[Money, Field(_money, {"type": "string", "pattern": units.MONEY})]


class Budget(Model):
    """What may be spent. A plan over it is refused (exit 4), and so is an unknown price that `accept` does not name (`price`)."""

    run: MoneyField | None = None
    """One training run. Becomes the cloud's own time limit as well."""
    month: MoneyField | None = None
    """The endpoint, for 730 hours."""
    basis: Literal["highest", "expected"] = "highest"
    """highest: `max_runtime`, all replicas; expected: as `train.expected` and `serve.usage` say."""


class Identities(Model):
    """Who acts: three identities with no more rights than each needs."""

    planner: Line | None = None
    """Reads only."""
    deployer: Line | None = None
    """Makes and changes."""
    runtime: Line | None = None
    """What containers run as."""


class FoundationRef(Model):
    """The ground that an environment stands on: a Pulumi stack, a file of its outputs, or typed by hand."""

    stack: Line | None = None
    """Name of the Pulumi stack that `infra up` made."""
    file: Line | None = None
    """Path or address of a foundation.json."""
    root: (
        Annotated[str, text(URI, "a root is written like s3://bucket/prefix, gs://..., az://... or file:///...")] | None
    ) = None
    """By hand: folder that bundles, models and the ledger live under."""
    bucket: Line | None = None
    """By hand, instead of `root`: name of the bucket (container on Azure)."""
    prefix: Line | None = None
    """By hand: folder in the bucket."""
    identities: Identities = unsaid(Identities)
    """By hand: roles or service accounts."""
    network: Line | None = None
    """By hand: VPC or virtual network."""
    subnets: tuple[Line, ...] = ()
    """By hand: subnets that containers run in."""
    security_groups: tuple[Line, ...] = ()
    """By hand: security groups of the containers."""
    kms_key: Line | None = None
    """By hand: key that data at rest is encrypted with."""
    registry: Line | None = None
    """By hand: registry of images."""
    workspace: Line | None = None
    """By hand: Azure ML workspace."""
    resource_group: Line | None = None
    """By hand: Azure resource group."""
    storage_account: Line | None = None
    """By hand: Azure storage account of the bucket."""
    alerts: Line | None = None
    """By hand: topic or action group that alarms go to."""

    @property
    def by_hand(self) -> bool:
        return self.stack is None and self.file is None

    @property
    def outputs(self) -> Mapping[str, str]:
        """What was typed by hand, by the names of `Foundation.outputs`: lists joined by commas, identities one by one."""
        found: dict[str, str] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name in ("stack", "file", "root") or not value:
                continue
            if isinstance(value, Identities):
                found.update({k: v for k, v in value.model_dump().items() if v})
            else:
                found[name] = ",".join(value) if isinstance(value, tuple) else value
        return found

    def relations(self) -> Iterator[Relation]:
        hand = [
            n
            for n in type(self).model_fields
            if n not in ("stack", "file") and getattr(self, n) not in (None, (), Identities())
        ]
        every = tuple((n,) for n in type(self).model_fields)
        ways = [w for w, said in (("stack", self.stack), ("file", self.file), (hand[0] if hand else "", hand)) if said]
        if len(ways) != 1:
            at = (ways[1],) if ways else ()
            yield Relation(
                at,
                "a foundation is exactly one of {stack: ...}, {file: ...}, or typed by hand with `root` or `bucket`",
                every,
            )
        elif hand and self.root is None and self.bucket is None:
            yield Relation((), "typed by hand needs `root` or `bucket`", every)
        elif self.root is not None and (self.bucket is not None or self.prefix is not None):
            yield Relation(("root",), "is given together with `bucket` or `prefix`; keep one of the two ways", every)


def _provider(value: Any, written: bool) -> str:
    said = "a provider is aws, gcp, azure, local or a plug-in's name"
    return provider(str(text(PROVIDER, said).read(value, written)))


ProviderName = Annotated[str, Field(_provider, {"type": "string", "pattern": PROVIDER})]
TagName = Annotated[
    str,
    text(
        r"^(?!tradewind-|aws:)[A-Za-z][A-Za-z0-9_.:/=+@-]{0,127}$",
        "a tag's name is letters, digits and _ . : / = + @ -; tradewind-... and aws:... are taken",
    ),
]
TagValue = Annotated[
    str, text(r"^[^\x00-\x1f]{0,256}$", "a tag's value has at most 256 characters, on one line", kind=True)
]
LOSS_PATH = r"^[a-z_]+(\.[A-Za-z0-9_-]+)*$"
LossPath = Annotated[str, text(LOSS_PATH, "a loss is named by its path in this file", example="serve.request.max_body")]


_ACCEPT = {
    "type": "object",
    "propertyNames": {"pattern": PROVIDER},
    "additionalProperties": {"type": "array", "items": {"type": "string", "pattern": LOSS_PATH}},
}
ONCE = Field(each_once, _ACCEPT, inner=True)


class Spec(Model):
    """One deploy.yaml after its environment was laid over it."""

    name: Annotated[str, text(NAME, NAME_SAID)]
    """Names everything that is made, with the environment; a tag of it too."""
    description: Text = ""
    """For people."""
    provider: ProviderName = "local"
    """aws, gcp, azure, local or a plug-in's name; sagemaker, vertex and azureml are aliases. `--provider` wins."""
    tags: dict[TagName, TagValue] = Default(default_factory=dict)
    """Put on everything that is made, besides project, environment and owner."""
    runtime: Runtime = unsaid(Runtime)
    """What the code needs, train and serve alike."""
    train: Train | None = None
    """What is run to make a model."""
    serve: Serve | None = None
    """What stands behind the endpoint."""
    env: Env = Default(default_factory=dict)
    """Variables for train and serve. Anyone who may look at a job or an endpoint can read them."""
    secrets: Secrets = ()
    """Names of secrets. Containers fetch the values by their own identity; they are in no call, plan or file."""
    budget: Budget | None = None
    """What may be spent."""
    prices: Prices | None = None
    """What you pay, where that is not the list price."""
    foundation: FoundationRef | None = None
    """The ground that this stands on."""
    accept: Annotated[dict[ProviderName, tuple[LossPath, ...]], ONCE] = Default(default_factory=dict)
    """Losses that this team has agreed to, for each provider: `{gcp: [serve.request.max_body]}`; `price`: an unknown price."""
    protect: Flag = False
    """Deleting and replacing need `--unprotect NAME`, whatever else is said."""
    aws: Aws | None = None
    """What exists on Amazon SageMaker only."""
    gcp: Gcp | None = None
    """What exists on Google Vertex AI only."""
    azure: Azure | None = None
    """What exists on Azure ML only."""
    local: Local | None = None
    """What exists on this machine only."""
    _plugins: Mapping[str, BaseModel] = PrivateAttr(default_factory=dict)
    _notes: tuple[str, ...] = PrivateAttr(default=())

    @property
    def notes(self) -> tuple[str, ...]:
        """What is allowed but worth a word to people: an environment without its own foundation, steps that are not used."""
        return self._notes

    def block(self, name: str) -> BaseModel | None:
        """The per-cloud block of a provider, by canonical name: `aws`, a plug-in's; None where the file has none."""
        own = getattr(self, name) if name in ("aws", "gcp", "azure", "local") else self._plugins.get(name)
        return own if isinstance(own, BaseModel) else None

    def relations(self) -> Iterator[Relation]:
        if self.serve is not None and self.serve.model == "train" and self.train is None:
            message = "`train` means the run of `train:`, which is not here; say a path, an address or name@version"
            yield Relation(("serve", "model"), message, (("train",), ("serve", "model")))
        yield from self._twice()

    def _twice(self) -> Iterator[Relation]:
        """A name that is a variable and a secret at once: one would silently win."""
        for part, env, secrets in (
            ((), self.env, self.secrets),
            (
                ("train",),
                {**self.env, **self.train.env} if self.train else {},
                self.train.secrets if self.train else (),
            ),
            (
                ("serve",),
                {**self.env, **self.serve.env} if self.serve else {},
                self.serve.secrets if self.serve else (),
            ),
        ):
            for name in secrets:
                if name in env:
                    yield Relation(
                        (*part, "secrets"), f"{name} is under `env` as well; keep one", ((*part, "env"), ("env",))
                    )
