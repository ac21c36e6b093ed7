"""Spec → what will really run: machines, images, bundles, digests. Reads files and the pins; writes and calls nothing.

Digests name exactly what matters. A run: code, inputs, parameters, command, image, hardware asked for, nodes, launcher,
requirements, Python, its environment. A version: model, code, image, requirements, environment, names of secrets, settings of
requests, hardware. Prices, tags, budgets, replicas and our own runtime are in neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from tradewind.cost.book import Book
from tradewind.cost.profile import Usage
from tradewind.engine import bundle as bundles
from tradewind.engine import choosing, content, digests, load, runtime, workload
from tradewind.engine.bundle import Bundle
from tradewind.engine.content import Content
from tradewind.engine.digests import Plain
from tradewind.engine.open import Work
from tradewind.engine.session import Session
from tradewind.errors import Problem, SpecError
from tradewind.providers.base import Info, Storing
from tradewind.spec.models import Input, Serve, Spec, Train
from tradewind.spec.refs import model_ref, moves
from tradewind.training_jobs.parameters import fill
from tradewind.values import Artifact, Container, Foundation, Hardware, Loss, Machine, Policy, Run, Serving, Version

T = TypeVar("T")
PENDING = "pending:"  # base of addresses while no foundation is known: no scheme, so that no target calls it elsewhere
REQUIREMENTS = ".tradewind/requirements.txt"
NOWHERE = Machine("unknown", 0, 0)
UNREAD = Bundle(digests.of(["unread"]), (), 0)


@dataclass(frozen=True)
class Blocker:
    """Nothing that fits, data on another cloud, ...: no flag helps."""

    code: str
    path: str
    message: str


@dataclass(frozen=True)
class TrainPart:
    """`run` has no name yet: each attempt gets its own."""

    digest: str
    run: Run
    bundle: Bundle
    inputs: tuple[Content, ...]
    facts: Mapping[str, Plain]  # all that the digest covers, flat, for showing what changed


@dataclass(frozen=True)
class ServePart:
    """`version` has no slot yet, and no model's address while `trained` and not yet trained."""

    digest: str
    version: Version
    bundle: Bundle | None
    model: Content | None
    trained: bool
    policy: Policy
    facts: Mapping[str, Plain]


@dataclass(frozen=True)
class Resolved:
    spec: Spec
    info: Info
    foundation: Foundation | None
    settings: BaseModel | None
    runtime: Bundle
    train: TrainPart | None = None
    serve: ServePart | None = None
    blockers: tuple[Blocker, ...] = ()
    notes: tuple[str, ...] = ()
    missing_secrets: tuple[str, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)  # use -> digest of what was asked for
    region: str = ""  # where machines were looked for; "" where the target has no regions, or nobody knows
    catalogue: str = ""  # date of the prices by which a machine was chosen; "" where each was pinned
    book: Book = field(default_factory=Book)  # what this team pays
    usage: Usage | None = None  # the load to expect


@dataclass(frozen=True)
class Pinned:
    """What deploy.lock holds for one use: honoured while what is asked for (`need`) is what it answered."""

    need: str = ""
    machine: Machine | None = None
    image: str | None = None


@dataclass
class Resolver:
    """One resolution. Collects problems and blockers so that all are told at once.

    `region`: there, whatever the spec says. `reads` False is for whoever asks what it would cost: neither code nor data is
    looked at or need be there, and digests tell nothing.
    """

    work: Work
    info: Info
    foundation: Foundation | None
    session: Session | None  # None: offline; then remote data is not listed and earlier runs are not found
    pins: Mapping[str, Pinned] = field(default_factory=dict)
    find_run: Callable[[Session, str], Artifact | None] | None = None
    region: str = ""
    reads: bool = True

    def __post_init__(self) -> None:
        self.spec = self.work.spec
        self.settings = workload.block(self.spec, self.info)
        self.site = choosing.Site(self.info, self.settings, self.foundation, self.work.book, self.region)
        self.catalogue = ""
        self.problems: list[SpecError] = []
        self.blockers: list[Blocker] = []
        self.notes: list[str] = list(self.spec.notes)
        self.needs: dict[str, str] = {}
        self.base = self.session.store.uri if self.session else self._base()
        self.archive = runtime.archive() if self.reads else UNREAD

    def resolve(self) -> Resolved:
        train = self._attempt(lambda: self._train(self.spec.train)) if self.spec.train else None
        serve = self._attempt(lambda: self._serve(self.spec.serve, train)) if self.spec.serve else None
        if self.problems:
            merged = [problem for error in self.problems for problem in error.problems]
            raise SpecError(merged, code=self.problems[0].code, hint=self.problems[0].hint)
        containers = [c for c in (train and train.run.container, serve and serve.version.container) if c]
        missing = {n for c in containers for n in workload.missing_secrets(c.secrets, self.work.environ)}
        return Resolved(
            self.spec, self.info, self.foundation, self.settings, self.archive, train, serve,
            tuple(self.blockers), tuple(self.notes), tuple(sorted(missing)), self.needs,
            self.site.region, self.catalogue, self.work.book, load.of(self.spec.serve, self.work.root),
        )  # fmt: skip

    # ---- training

    def _train(self, train: Train | None) -> TrainPart:
        assert train is not None  # asked for only where the spec has it
        source = self._folder("train.source", train.source)
        code = self._attempt(lambda: self._bundle(source))
        inputs = {name: self._attempt(partial(self._input, name, said)) for name, said in train.inputs.items()}
        if code is None or any(found is None for found in inputs.values()) or self.problems:
            raise SpecError([])
        need = workload.hardware(train.hardware)
        machine, image = self._runs_on(train, "train", need, train.framework)
        container = self._container(train, "train", need, machine, image, code, self._requirements_in(source))
        found = {name: item for name, item in inputs.items() if item is not None}
        facts = self._run_facts(train, need, image, code, found)
        digest = digests.of(facts)
        key = digests.hexed(digest)
        checkpoint = (train.checkpoint.uri or f"{self.base}/checkpoints/{key}") if train.checkpoint else None
        run = Run(
            name="",
            digest=digest,
            container=container,
            command=("sh", "-c", fill(train.command, train.parameters)),
            parameters=dict(train.parameters),
            inputs={name: item.artifact for name, item in found.items()},
            output=f"{self.base}/outputs/{key}",
            checkpoint=checkpoint,
            max_runtime=train.max_runtime,
            nodes=train.nodes,
            launcher=train.launcher,
            spot=train.spot,
            tags={},
            streams=frozenset(name for name, said in train.inputs.items() if said.mode == "stream"),
        )
        return TrainPart(digest, run, code, tuple(found.values()), digests.flat({"train": facts}))

    def _run_facts(
        self, train: Train, need: Hardware, image: str, code: Bundle, inputs: Mapping[str, Content]
    ) -> dict[str, object]:
        return {
            "code": code.digest,
            "command": train.command,
            "parameters": dict(train.parameters),
            "inputs": {name: item.artifact.digest for name, item in inputs.items()},
            "framework": train.framework,
            "image": image,
            "hardware": _need(need),
            "nodes": train.nodes,
            "launcher": train.launcher,
            "python": self.spec.runtime.python,
            "env": {**self.spec.env, **train.env},
        }

    def _input(self, name: str, said: Input) -> Content:
        path = f"train.inputs.{name}"
        if said.uri.startswith("run:"):
            return self._previous(path, said.uri.removeprefix("run:"))
        return self._data(path, said.uri, "inputs")

    def _previous(self, path: str, name: str) -> Content:
        if not self.reads:
            return _unread(path, name)
        if self.session is None or self.find_run is None:
            self.notes.append(f"{path}: nobody could look for the run {name}")
            return Content(path, Artifact(f"{PENDING}{name}", digests.of(["run", name])))
        found = self.find_run(self.session, name)
        if found is None:
            raise SpecError([Problem(path, f"no run {name} has succeeded here", value=name)], code="TW041")
        return Content(path, found)

    # ---- serving

    def _serve(self, serve: Serve | None, train: TrainPart | None) -> ServePart:
        assert serve is not None  # asked for only where the spec has it
        code, handler, requirements = self._serving_code(serve)
        model = None if serve.model == "train" else self._model(serve)
        if serve.model == "train" and self.spec.train is None:
            raise SpecError([Problem("serve.model", "there is no `train:` block to take the model from")], code="TW057")
        if serve.model == "train" and train is None:
            raise SpecError([])  # what is wrong with `train:` is told already
        artifact = model.artifact if model else Artifact("", train.digest if train else "")
        named = serve.framework or (self.spec.train.framework if self.spec.train and serve.model == "train" else None)
        need = workload.hardware(serve.hardware)
        machine, image = self._runs_on(serve, "serve", need, named)
        container = self._container(serve, "serve", need, machine, image, code, requirements)
        serving = Serving(
            handler=handler,
            framework=workload.framework(named)[0],
            timeout=serve.request.timeout,
            concurrency=serve.request.concurrency,
            max_body=serve.request.max_body,
            startup_timeout=serve.startup_timeout,
        )
        facts = self._version_facts(container, serving, artifact, code, named)
        digest = digests.of(facts)
        version = _scaled(Version("", digest, container, artifact, serving), serve)
        return ServePart(
            digest, version, code, model, serve.model == "train",
            workload.policy(serve.rollout, self.info.traits, self.work.root), digests.flat({"serve": facts}),
        )  # fmt: skip

    def _version_facts(
        self,
        container: Container,
        serving: Serving,
        model: Artifact,
        code: Bundle | None,
        named: str | None,
    ) -> dict[str, object]:
        said = container.options.model_dump(mode="json", exclude_defaults=True) if container.options else {}
        return {
            "model": model.digest,
            "code": code.digest if code else None,
            "handler": serving.handler,
            "framework": named,
            "image": container.image,
            "hardware": _need(container.hardware),
            "python": self.spec.runtime.python,
            "env": dict(container.env),
            "secrets": sorted(container.secrets),
            "request": {
                "timeout": serving.timeout.total_seconds(),
                "concurrency": serving.concurrency,
                "max_body": serving.max_body,
            },
            "options": said,
        }

    def _model(self, serve: Serve) -> Content:
        ref = model_ref(serve.model)
        if ref.kind == "mlflow":
            problem = Problem("serve.model", "`models:/` is reserved for a later version", value=serve.model)
            raise SpecError([problem], code="TW042")
        if ref.kind == "huggingface":
            if moves(ref):
                said = f"{ref.version or 'main'} of {ref.name} may change without a new version here"
                self.notes.append(f"serve.model: {said}; pin it as hf:{ref.name}@<commit>")
            return content.hub("serve.model", serve.model)
        if ref.kind == "run":
            return self._previous("serve.model", ref.name)
        if ref.kind == "registry" and not (self.work.root / serve.model).exists():
            said = f"{self.info.title} has no model registry here to find {serve.model} in"
            self.blockers.append(Blocker("TW044", "serve.model", said))
            return Content("serve.model", Artifact(f"{PENDING}{serve.model}", digests.of(["registered", serve.model])))
        return self._data("serve.model", serve.model, "models")

    def _serving_code(self, serve: Serve) -> tuple[Bundle | None, str | None, str | None]:
        """The bundle, the handler's path in it, and the requirements' path in it."""
        if serve.source is not None:
            folder = self._folder("serve.source", serve.source)
            handler = self._handler_in(folder, serve.handler) if serve.handler else None
            return self._bundle(folder), handler, self._requirements_in(folder)
        requirements = self._requirements()
        extra = {REQUIREMENTS: requirements} if requirements else {}
        if serve.handler is not None:
            file = self._file("serve.handler", serve.handler)
            code = bundles.single(file, extra=extra) if self.reads else UNREAD
            return code, file.name, REQUIREMENTS if requirements else None
        if requirements is None:
            return None, None, None
        code = bundles.of([bundles.read(REQUIREMENTS, requirements)]) if self.reads else UNREAD
        return code, None, REQUIREMENTS

    def _handler_in(self, folder: Path, said: str) -> str:
        """The handler may be said from deploy.yaml's folder or from inside `serve.source`."""
        if not self.reads:
            return said
        for candidate in (self.work.root / said, folder / said):
            if candidate.is_file() and candidate.resolve().is_relative_to(folder):
                return candidate.resolve().relative_to(folder).as_posix()
        raise SpecError([Problem("serve.handler", f"{said} is not in serve.source", value=said)], code="TW041")

    # ---- what both share

    def _container(
        self, part: Train | Serve, use: workload.Use, need: Hardware, machine: Machine, image: str,
        code: Bundle | None, requirements: str | None,
    ) -> Container:  # fmt: skip
        names = tuple(dict.fromkeys((*self.spec.secrets, *part.secrets)))
        return Container(
            image=image,
            machine=machine,
            hardware=need,
            env={**self.spec.env, **part.env},
            secrets=workload.secret_references(names, self.info, self.foundation),
            code=self._archived("bundles", code.digest) if code else None,
            runtime=self._archived("runtime", self.archive.digest),
            python=self.spec.runtime.python,
            requirements=requirements,
            index=self.spec.runtime.index,
            options=workload.options(self.settings, use),
        )

    def _archived(self, prefix: str, digest: str) -> Artifact:
        return Artifact(f"{self.base}/{prefix}/{digests.hexed(digest)}.tar.gz", digest, single=True)

    def _runs_on(
        self, part: Train | Serve, use: workload.Use, need: Hardware, named: str | None
    ) -> tuple[Machine, str]:
        """The machine and the image: as pinned while the same is asked for, else as the provider chooses."""
        said = part.image if isinstance(part.image, str) or part.image is None else part.image.get(self.info.name)
        self.needs[use] = digests.short(digests.of([_need(need), said, named, self.spec.runtime.python]))
        pin = self.pins.get(use, Pinned())
        pinned = pin if pin.need == self.needs[use] else Pinned()
        machine = self._machine(need, use, pinned)
        return machine, self._image(part, use, machine, named, pinned)

    def _machine(self, need: Hardware, use: workload.Use, pinned: Pinned) -> Machine:
        choice = choosing.choose(self.site, need, use, pinned.machine)
        self.notes.extend(choice.notes)
        self.catalogue = self.catalogue or choice.catalogue
        found = choice.found
        if isinstance(found, Machine):
            return found
        self.blockers.append(Blocker("TW203", found.path or f"{use}.hardware", found.reason))
        return NOWHERE

    def _image(
        self, part: Train | Serve, use: workload.Use, machine: Machine, named: str | None, pinned: Pinned
    ) -> str:
        if pinned.image is not None:
            return pinned.image
        found = workload.image(self.spec, part, self.info, machine, use, named)
        if isinstance(found, Loss):
            self.blockers.append(Blocker("TW046", found.path or f"{use}.framework", found.reason))
            return ""
        return found

    def _data(self, path: str, said: str, prefix: str) -> Content:
        scheme = content.scheme_of(said)
        if not scheme or (scheme == "file" and not self.base.startswith("file:")):
            if not self.reads:
                return _unread(path, f"{self.base}/{prefix}/{UNREAD.hex}")
            return content.local(path, said, self.work.root, self.base, prefix)
        if content.foreign(said, where := self._lies()):
            here = where.partition("://")[0]
            self.blockers.append(Blocker("TW047", path, f"{said} cannot be read here, where data lies in {here}://"))
            return content.remote(path, said, look=False)
        if self.session is None and self.reads:
            self.notes.append(f"{path}: nobody could list {said}, so its content is taken for unchanged")
        return content.remote(path, said, look=self.session is not None, settings=self.settings)

    def _bundle(self, source: Path) -> Bundle:
        if not self.reads:
            return UNREAD
        requirements = self._requirements()
        outside = requirements is not None and not requirements.is_relative_to(source)
        extra = {REQUIREMENTS: requirements} if requirements is not None and outside else {}
        made = bundles.build(self.work.root, source, extra=extra)
        self.notes.extend(note for note in made.warnings if note not in self.notes)
        return made

    def _requirements(self) -> Path | None:
        said = self.spec.runtime.requirements
        return None if said is None else self._file("runtime.requirements", said)

    def _requirements_in(self, source: Path) -> str | None:
        file = self._requirements()
        if file is None:
            return None
        return file.relative_to(source).as_posix() if file.is_relative_to(source) else REQUIREMENTS

    def _file(self, path: str, said: str) -> Path:
        found = (self.work.root / said).resolve()
        if self.reads and not found.is_file():
            what = "is a folder, not a file" if found.is_dir() else "is not there"
            raise SpecError([Problem(path, f"{said} {what}", value=said)], code="TW041")
        return found

    def _folder(self, path: str, said: str) -> Path:
        found = (self.work.root / said).resolve()
        if self.reads and not found.is_dir():
            what = "is a file, not a folder" if found.is_file() else "is not there"
            raise SpecError([Problem(path, f"{said} {what}", value=said)], code="TW041")
        return found

    def _attempt(self, step: Callable[[], T]) -> T | None:
        """The step's answer; what it finds wrong is kept, so that everything wrong is told at once."""
        try:
            return step()
        except SpecError as error:
            if error.problems:
                self.problems.append(error)
            return None

    def _lies(self) -> str:
        """Where the target reads data from: as the ground says, else by the one kind of store that it reads; "" unknown."""
        if self.base != PENDING:
            return self.base
        return f"{self.info.scheme}://" if isinstance(self.info, Storing) else ""

    def _base(self) -> str:
        if self.foundation is None:
            return PENDING
        return f"{self.foundation.root.rstrip('/')}/{self.spec.name}/{self.work.environment}"


def with_model(part: ServePart, model: Artifact) -> ServePart:
    """The part once training is over and the model has an address."""
    return replace(
        part, version=replace(part.version, model=Artifact(model.uri, part.version.model.digest, model.single))
    )


def _unread(path: str, uri: str) -> Content:
    return Content(path, Artifact(uri, UNREAD.digest))


def _scaled(version: Version, serve: Serve) -> Version:
    target = serve.replicas.target
    a_minute = target.requests * 60 if target and target.requests else None  # a second in the spec
    said = {"requests": a_minute, "cpu": target.cpu, "gpu": target.gpu} if target else {}
    return replace(
        version,
        min=serve.replicas.min,
        max=serve.replicas.max,
        target=target.concurrency if target else None,
        scale_on={name: float(value) for name, value in said.items() if value is not None},
        cooldown=target.cooldown if target else None,
    )


def _need(need: Hardware) -> dict[str, object]:
    return {
        "cpus": need.cpus,
        "memory_gib": need.memory_gib,
        "disk_gib": need.disk_gib,
        "gpus": [list(gpu) for gpu in need.gpus],
        "gpu_memory_gib": need.gpu_memory_gib,
        "gpu_count": need.gpu_count,
    }
