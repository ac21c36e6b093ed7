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
    # 5xx engine
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
