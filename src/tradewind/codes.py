"""Every stable error code with what it means and what to do: the texts of `deploy explain`, and of docs/errors.md.

Ranges: 0xx spec, arguments, refusals · 1xx credentials and permission · 2xx quota and capacity · 3xx conflict, missing,
throttled, transient, storage · 4xx jobs and versions that failed · 5xx engine: budget, time, lock, rollback, interrupt ·
6xx this machine (host and provider local) · 7xx bundle and runtime · 9xx a defect of ours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    title: str
    meaning: str
    remedy: str


CODES: dict[str, Explanation] = {
    # 0xx spec, arguments, refusals
    "TW001": Explanation(
        "deploy.yaml is not valid",
        "One or more keys, values or units in the file (or in a --set override) cannot be understood.",
        "Go to the file:line:column of each problem; `deploy schema` prints the whole grammar.",
    ),
    "TW061": Explanation(
        "The provider refuses the request",
        "The provider understood the request and calls it wrong: a name, a share or a setting that it cannot take.",
        "Correct the value that the message names; `deploy plan` shows what a provider cannot honour.",
    ),
    "TW062": Explanation(
        "No such provider",
        "The name given as provider is none of tradewind's own and no installed plug-in's.",
        "Choose one that `deploy providers` lists, or install the plug-in's package beside tradewind.",
    ),
    "TW063": Explanation(
        "The provider comes in a later version",
        "The name is known, but this version of tradewind cannot yet run jobs or endpoints there.",
        "Use another provider (`deploy providers` says which are ready), or a newer tradewind.",
    ),
    "TW064": Explanation(
        "The provider's package is not installed",
        "The provider needs libraries that are not part of tradewind's small base.",
        "Install them with the command in the message, into the same environment as tradewind.",
    ),
    "TW065": Explanation(
        "A provider plug-in is broken",
        "An installed package announces a provider, but importing it fails or gives something else than a provider.",
        "Update or uninstall the package that the message names; other providers are not affected.",
    ),
    "TW040": Explanation(
        "An input cannot be taken as it is",
        "A file or folder named as an input or model cannot be read, or holds a link that leads to a folder or to nothing.",
        "Put the files themselves there, or name the folder that holds them.",
    ),
    "TW041": Explanation(
        "A file that deploy.yaml names is not there",
        "A path in deploy.yaml (source, handler, requirements, input, model) leads to nothing. Paths start at its folder.",
        "Correct the path, or make the file.",
    ),
    "TW042": Explanation(
        "A form of model that is reserved",
        "`hf:` and `models:/` are reserved for later versions.",
        "Use `train`, a path, a URI, or name@version.",
    ),
    "TW043": Explanation(
        "No foundation",
        "Nothing says where this environment's bundles, models and ledger live.",
        "Give `foundation:` in deploy.yaml (`root:` with the URI of a folder, `file:` or `stack:`).",
    ),
    "TW044": Explanation(
        "The target has no model registry",
        "`model: name@version` asks for a registered model where this version of tradewind cannot look one up.",
        "Use `train`, a path or a URI.",
    ),
    "TW045": Explanation(
        "Nothing here fits the hardware",
        "No machine of this target meets the hardware asked for.",
        "Ask for less, or choose another provider: `deploy plan --all` shows them side by side.",
    ),
    "TW046": Explanation(
        "No image for this framework here",
        "The target has no image for the framework and version asked for, or `image:` has no entry for it.",
        "Name another version, or give `image:` for this provider.",
    ),
    "TW047": Explanation(
        "Data on another cloud",
        "An input or model lies in a store that this target does not read from.",
        "Copy it into a store of the target, or give a local path: those are uploaded.",
    ),
    "TW048": Explanation(
        "A loss that nobody accepted",
        "The target cannot honour something in deploy.yaml, and what is done instead was not agreed to.",
        "Agree with `--accept PATH` or `accept:` in deploy.yaml, or take the setting out.",
    ),
    "TW049": Explanation(
        "A loss that cannot be accepted",
        "The target cannot honour something without which the work makes no sense here.",
        "Change the setting, or choose another provider.",
    ),
    "TW050": Explanation(
        "This version is on hold",
        "The same version failed a rollout before, so it is not tried again by itself.",
        "Change what was wrong; or `deploy up --release-hold` to try this very version again.",
    ),
    "TW051": Explanation(
        "A secret is missing",
        "A name in `secrets:` has no value where this target takes it from.",
        "Set it (on this machine: an environment variable of that name) and run again.",
    ),
    "TW052": Explanation(
        "Something would be replaced",
        "The change cannot be made in place: what stands would go and something new would come.",
        "Read the plan; `--allow-replace` agrees.",
    ),
    "TW053": Explanation(
        "Something would be deleted",
        "deploy.yaml no longer asks for something that stands.",
        "Read the plan; `--allow-delete` agrees.",
    ),
    "TW054": Explanation(
        "This environment is protected",
        "`protect: true` keeps what stands here from being removed.",
        "`--unprotect NAME` with the name of the environment, the project or the endpoint.",
    ),
    "TW055": Explanation(
        "deploy.lock would change",
        "`--locked` refuses to resolve anew, and deploy.lock does not say all that is needed or says something else.",
        "Run `deploy lock` (with `--upgrade` to renew what is pinned), look at the difference, commit it.",
    ),
    "TW056": Explanation(
        "The name belongs to something else",
        "An endpoint of this name exists that was not made for this project and environment.",
        "Choose another project name, or remove the other endpoint where it was made.",
    ),
    "TW057": Explanation(
        "deploy.yaml lacks the part that the command needs",
        "`train run` needs a `train:` block, `up` at least one of `train:` and `serve:`.",
        "Add the block, or use another command.",
    ),
    "TW058": Explanation(
        "The folder to download into is not empty",
        "Downloading would mix a model's files with others.",
        "Name a new or an empty folder.",
    ),
    "TW059": Explanation(
        "No endpoint and no project of that name",
        "Nothing that was asked by name could be found.",
        "`deploy endpoint list` shows what there is; give `--env` and `--provider`.",
    ),
    # 1xx credentials and permission
    "TW101": Explanation(
        "Nobody is signed in",
        "The provider found no credentials, or the ones it found have expired or are refused.",
        "Sign in with the cloud's own tool, then try again; `deploy doctor` shows which credentials were looked for.",
    ),
    "TW102": Explanation(
        "Permission is missing",
        "The credentials are known, but may not do this; the cloud's own words name the action.",
        "Ask for the named action to be allowed to this identity; `deploy infra policy` prints all that are needed.",
    ),
    # 2xx quota and capacity
    "TW201": Explanation(
        "A quota is used up",
        "The account may not have more of this resource in this region at this time.",
        "Ask the cloud for a higher quota, free what stands unused, or choose other hardware or another region.",
    ),
    "TW202": Explanation(
        "The cloud has no such machine free",
        "The request is allowed, but the region has no capacity of that machine type at the moment.",
        "Try again later, or name other acceptable hardware (`gpu: [L4, T4]`) or another region.",
    ),
    # 3xx conflict, missing, throttled, transient, storage
    "TW301": Explanation(
        "Too many requests",
        "The other side throttles us, and kept doing so through the retries.",
        "Wait a minute and give the same command again: it goes on where it was.",
    ),
    "TW302": Explanation(
        "The name is taken or the thing is changing",
        "Something else holds this name, or an earlier change of the same thing has not ended.",
        "Look at it with `deploy status`; give the command again once the earlier change has ended.",
    ),
    "TW303": Explanation(
        "Nothing there by that name",
        "The job, endpoint, version or object does not exist on the provider.",
        "List what is there (`deploy train list`, `deploy endpoint list`) and check the environment and the region.",
    ),
    "TW304": Explanation(
        "The other side did not answer properly",
        "A connection broke, timed out, or the service had a fault of its own, through all retries.",
        "Give the same command again: it goes on where it was.",
    ),
    "TW330": Explanation(
        "An object store refused or failed",
        "A read or write in the foundation's store did not succeed.",
        "Read the store's own words in the message; check that the folder or bucket exists and can be written.",
    ),
    # 4xx jobs and versions that failed
    "TW402": Explanation(
        "The provider reports a failure of its own",
        "The request was right and allowed, but the service could not carry it out.",
        "Read the provider's own words in the message; its status page and support know more.",
    ),
    "TW410": Explanation(
        "A training job failed",
        "The command of the job ended with an error.",
        "Read the last lines of its log in the message, or `deploy train logs`.",
    ),
    "TW411": Explanation(
        "A training job was stopped",
        "Somebody asked the job to stop before it was done.",
        "Run the same command again: a new attempt is made.",
    ),
    "TW412": Explanation(
        "A training job was preempted too often",
        "The cloud took the machine away in every attempt.",
        "Try again later, or without `spot: true`.",
    ),
    "TW413": Explanation(
        "No job of that name",
        "There is no such job or run in this project and environment.",
        "`deploy train list` shows them.",
    ),
    # 5xx engine
    "TW540": Explanation(
        "Over budget",
        "The plan may cost more than `budget:` allows, or nobody knows what it costs.",
        "Raise or remove the budget, ask for less, or use a target whose prices are known.",
    ),
    "TW541": Explanation(
        "A training job ran past max_runtime",
        "The job was ended because it took longer than `train.max_runtime`.",
        "Raise `train.max_runtime`, or make the job shorter; checkpoints are kept.",
    ),
    "TW542": Explanation(
        "Detached from a training job",
        "You stopped waiting; the job goes on.",
        "Run the same command again to go on waiting, or `deploy train stop`.",
    ),
    "TW543": Explanation(
        "Interrupted",
        "You stopped the command while it was waiting.",
        "Run the same command again: it goes on where it was.",
    ),
    "TW544": Explanation(
        "Something is left over",
        "After taking everything down, the target still shows things with this project's tags.",
        "Run `deploy down` again; if they stay, look at them in the cloud's own console.",
    ),
    # 6xx this machine
    # 7xx bundle and runtime
    # 9xx a defect of ours
}

# The general code of each kind of ProviderError, for a provider that has no closer one.
GENERAL: dict[str, str] = {
    "credentials": "TW101",
    "permission": "TW102",
    "quota": "TW201",
    "capacity": "TW202",
    "invalid": "TW061",
    "conflict": "TW302",
    "missing": "TW303",
    "throttled": "TW301",
    "transient": "TW304",
    "failed": "TW402",
}
