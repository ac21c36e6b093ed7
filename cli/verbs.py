"""Every command as data: name, where it lives, and its line in --help. Listing them imports none of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """`path` is `module:attribute` of a click command; `section` groups lines of --help."""

    path: str
    help: str
    section: str = "Commands"


SHIP = "Train and serve"
LOOK = "Look"
PREPARE = "Prepare"

ROOT: dict[str, Entry] = {
    "up": Entry("tradewind.cli.up:up", "Train if needed, roll out, print the URL (the default command).", SHIP),
    "plan": Entry("tradewind.cli.plan:plan", "Show what `up` would do, why, and what it costs.", SHIP),
    "down": Entry("tradewind.cli.down:down", "Take down what the environment owns; models stay.", SHIP),
    "train": Entry("tradewind.cli.train:train", "Run, watch, stop and fetch training jobs.", SHIP),
    "endpoint": Entry("tradewind.cli.endpoint:endpoint", "Call, watch, roll back and check endpoints.", SHIP),
    "cost": Entry("tradewind.cli.cost:cost", "What it would cost, on every cloud; the prices.", LOOK),
    "status": Entry("tradewind.cli.status:status", "What stands now: jobs, endpoint, versions, traffic.", LOOK),
    "history": Entry("tradewind.cli.history:history", "What happened, newest first.", LOOK),
    "explain": Entry("tradewind.cli.explain:explain", "What an error code means and what to do.", LOOK),
    "providers": Entry("tradewind.cli.providers:providers", "Where a deployment can go, and what each can do.", LOOK),
    "infra": Entry("tradewind.cli.infra:infra", "Make the ground that deployments stand on, by Pulumi.", PREPARE),
    "sandbox": Entry("tradewind.cli.sandbox:sandbox", "The emulated account that --sandbox works in.", PREPARE),
    "init": Entry("tradewind.cli.init:init", "Write a new project that works as it is.", PREPARE),
    "doctor": Entry("tradewind.cli.doctor:doctor", "Check this machine, the spec and the credentials.", PREPARE),
    "schema": Entry("tradewind.cli.schema:schema", "Print the JSON Schema of deploy.yaml.", PREPARE),
    "lock": Entry("tradewind.cli.lock:lock", "Pin what the spec resolves to in deploy.lock.", PREPARE),
    "unlock": Entry("tradewind.cli.unlock:unlock", "Free the deployment lock that a run left behind.", PREPARE),
    "completion": Entry("tradewind.cli.completion:completion", "Print the completion script of a shell.", PREPARE),
}

TRAIN: dict[str, Entry] = {
    "run": Entry("tradewind.cli.train:run", "Train now, unless the same run has succeeded before."),
    "status": Entry("tradewind.cli.train:status", "The newest attempt of each run, or one job."),
    "logs": Entry("tradewind.cli.train:logs", "What a job printed."),
    "stop": Entry("tradewind.cli.train:stop", "Ask a job to stop, with time to save."),
    "list": Entry("tradewind.cli.train:list_jobs", "Every attempt of every run."),
    "download": Entry("tradewind.cli.train:download", "Fetch a run's model into a folder."),
}

ENDPOINT: dict[str, Entry] = {
    "status": Entry("tradewind.cli.endpoint:status", "Versions, traffic, replicas and figures."),
    "invoke": Entry("tradewind.cli.invoke:invoke", "Send one request and print the answer's body."),
    "connect": Entry("tradewind.cli.endpoint:connect", "Working curl and Python for the endpoint."),
    "logs": Entry("tradewind.cli.endpoint:logs", "What a version printed."),
    "rollback": Entry("tradewind.cli.endpoint:rollback", "Send the traffic back to the version before."),
    "guard": Entry("tradewind.cli.endpoint:guard", "Finish or revert a rollout whose owner died."),
    "check": Entry("tradewind.cli.check:check", "Run a handler or server under each cloud's contract."),
    "list": Entry("tradewind.cli.endpoint:list_endpoints", "Every endpoint of the project."),
}

COST: dict[str, Entry] = {
    "compare": Entry("tradewind.cli.cost:compare", "One spec on every cloud: machines, money, what is lost."),
    "estimate": Entry("tradewind.cli.cost:estimate", "What it costs on its own provider, line by line."),
    "prices": Entry("tradewind.cli.cost:prices", "Browse the prices of machines."),
    "refresh": Entry("tradewind.cli.cost_refresh:refresh", "Read today's list prices from the clouds' price APIs."),
}

SANDBOX: dict[str, Entry] = {
    "start": Entry("tradewind.cli.sandbox:start", "Start it, where it does not run yet."),
    "status": Entry("tradewind.cli.sandbox:status", "Where it answers, and what stands in it."),
    "stop": Entry("tradewind.cli.sandbox:stop", "End it and all that it started; its account stays."),
    "reset": Entry("tradewind.cli.sandbox:reset", "Empty its account."),
}

INFRA: dict[str, Entry] = {
    "preview": Entry("tradewind.cli.infra:preview", "Show what `up` would make, change and delete."),
    "up": Entry("tradewind.cli.infra:up", "Make the ground, and publish its outputs for `deploy`."),
    "outputs": Entry("tradewind.cli.infra_state:outputs", "What the stack gives; secrets stay hidden."),
    "drift": Entry("tradewind.cli.infra:drift", "Compare what stands with the state; exit 3 when it differs."),
    "refresh": Entry("tradewind.cli.infra:refresh", "Take what really stands into the state."),
    "import": Entry("tradewind.cli.infra_state:import_", "Take what stands already into the state."),
    "unlock": Entry("tradewind.cli.infra_state:unlock", "Free the lock that a run left behind."),
    "destroy": Entry("tradewind.cli.infra_state:destroy", "Remove the ground, where nothing lives on it."),
    "policy": Entry("tradewind.cli.infra_files:policy", "Print what an identity must be allowed, as JSON."),
    "init": Entry("tradewind.cli.infra_files:init", "Write a Pulumi project for a team's own repository."),
}
