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
    "TW002": Explanation(
        "The command line is not understood",
        "A command, an option or its value does not exist or is incomplete. Nothing was called.",
        "Read the message's suggestion; `deploy --help` and `deploy VERB --help` list what there is.",
    ),
    "TW003": Explanation(
        "There is no deploy.yaml here",
        "The command needs the spec, and neither -f nor ./deploy.yaml leads to one.",
        "Go to the project's folder, name the file with -f, or write a new project with `deploy init`.",
    ),
    "TW004": Explanation(
        "An answer is needed and nobody can be asked",
        "The command wants a confirmation or an input, and there is no terminal to ask on. Nothing was changed.",
        "Give the flag that the message names, for example --yes.",
    ),
    "TW005": Explanation(
        "Declined",
        "The question was answered with no (which is also what Enter alone means). Nothing was changed.",
        "Give the command again when the answer is yes.",
    ),
    "TW006": Explanation(
        "A file is in the way",
        "`deploy init` and `train download` never overwrite what is there.",
        "Choose an empty folder, or agree with --force where the command has it.",
    ),
    "TW007": Explanation(
        "The sandbox of this cloud comes in a later version",
        "--sandbox runs a provider against an emulated cloud on this machine; this version emulates Amazon SageMaker only.",
        "Use `--provider aws --sandbox`, or `provider: local`, which trains and serves on this machine without any cloud.",
    ),
    "TW009": Explanation(
        "The sandbox is not installed",
        "The emulated cloud stands on libraries that are not part of tradewind's small base. Nothing was started.",
        "Install them with `pip install 'tradewind[sandbox]'`, into the same environment as tradewind.",
    ),
    "TW010": Explanation(
        "The sandbox is led to the real cloud",
        "--sandbox works in an emulated account, and an address that was given with it (in the `aws:` block or by "
        "AWS_ENDPOINT_URL...) is the real cloud's own. Nothing was called.",
        "Leave --sandbox out to work in the real account, or leave out the address.",
    ),
    "TW008": Explanation(
        "A name is not known",
        "The error code, document or template that was named does not exist.",
        "Give the same command without the name: it lists what there is.",
    ),
    "TW001": Explanation(
        "deploy.yaml is not valid",
        "One or more keys, values or units in the file (or in a --set override) cannot be understood.",
        "Go to the file:line:column of each problem; `deploy schema` prints the whole grammar.",
    ),
    "TW020": Explanation(
        "deploy.lock cannot be read",
        "The file beside deploy.yaml is damaged, was edited by hand, or holds the traces of a merge.",
        "Restore it with `git checkout deploy.lock`, or delete it and run `deploy lock` to resolve anew.",
    ),
    "TW021": Explanation(
        "deploy.lock was written by a newer tradewind",
        "Its schema is newer than this tool knows, so reading it could lose what is pinned there.",
        "Upgrade tradewind to the version that your colleagues use.",
    ),
    "TW022": Explanation(
        "deploy.lock cannot be written",
        "The folder of deploy.yaml does not let us write, or the disk is full. Nothing was changed.",
        "Make the folder writable, or run with --locked, which writes no lock.",
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
        "The name is known, but this version of tradewind cannot yet run jobs or endpoints there; it may plan and price them.",
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
        "`models:/` is reserved for later versions.",
        "Use `train`, a path, a URI, hf:org/name@commit, or name@version.",
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
    "TW066": Explanation(
        "No name fits the target's limits",
        "The target allows no name that could be made from the project's and the environment's.",
        "Choose a shorter or plainer project name.",
    ),
    "TW067": Explanation(
        "There is no version to go back to",
        "The ledger knows no earlier version of this endpoint that is not on hold.",
        "`deploy history` shows what was there; deploy the wanted version with `deploy up`.",
    ),
    "TW068": Explanation(
        "Own prices or the expected load are not understood",
        "The file that `prices.file` or `serve.usage.file` names is not there, or something in it is wrong. Nothing was called.",
        "Correct it where the message says; docs/cost.md shows how both are written.",
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
    "TW110": Explanation(
        "The execution role cannot be assumed",
        "SageMaker could not take on the role that the job or endpoint is to run under: it is not there, or does not trust it.",
        "Name a role under `aws.train.role` or `aws.serve.role` whose trust policy allows sagemaker.amazonaws.com.",
    ),
    "TW111": Explanation(
        "Signed in to another account",
        "The spec says which account may be touched, and these credentials belong to another one. Nothing was done.",
        "Sign in to the account that is meant (a profile, a role), or correct `aws.account`.",
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
    "TW203": Explanation(
        "No machine type meets the need",
        "The provider has no machine with so many CPUs, so much memory or that GPU in this region, however long you wait.",
        "Ask for less under `hardware:`, name other GPUs that will do, or choose another region; `deploy plan --all` compares.",
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
    "TW310": Explanation(
        "The image cannot be pulled",
        "The container image is not in the registry, or the role that runs the container may not read it there.",
        "Push the image into a registry of the same region, and allow the execution role to pull from it.",
    ),
    "TW311": Explanation(
        "The container does not answer its health check",
        "The serving container started, but did not answer GET /ping in time, mostly because loading the model failed.",
        "Read the end of `deploy endpoint logs`; give a slow model more `serve.startup_timeout`.",
    ),
    "TW312": Explanation(
        "The bucket is in another region",
        "The service reads and writes buckets of its own region only, and this one lies elsewhere.",
        "Use a bucket in the region of the job, or set `aws.region` to the bucket's region.",
    ),
    "TW330": Explanation(
        "An object store refused or failed",
        "A read or write in the foundation's store did not succeed.",
        "Read the store's own words in the message; check that the folder or bucket exists and can be written.",
    ),
    "TW331": Explanation(
        "An object, folder or bucket is not there",
        "The store answered, and holds nothing under that address.",
        "Check the address for typing mistakes; list the folder with the cloud's own tool.",
    ),
    "TW332": Explanation(
        "The store does not let this user in",
        "The folder or bucket exists, but may not be read or written by the identity in use, or is read-only.",
        "Give the identity access to the bucket, or make the folder writable; or name another one under `foundation:`.",
    ),
    "TW333": Explanation(
        "No valid credentials for the store",
        "The cloud's SDK found no credentials, or the store says that they are wrong or have expired.",
        "Sign in again (`aws sso login`, `gcloud auth application-default login`, `az login`) and repeat the command.",
    ),
    "TW334": Explanation(
        "The disk under a store is full",
        "A write did not fit on the disk, in the quota, or in the file size limit. Nothing that stood before was damaged.",
        "Free some space, or set TRADEWIND_HOME to a folder on a larger disk.",
    ),
    "TW335": Explanation(
        "A name or address that a store cannot hold",
        "A key or URI is malformed, too long, leads out of its folder, or has no known scheme.",
        "Shorten or correct the name; addresses start with file://, s3://, gs:// or az://.",
    ),
    "TW336": Explanation(
        "An object and a folder want the same name",
        "On a file system, `a` and `a/b` cannot both exist; object stores allow it.",
        "Rename or delete one of them.",
    ),
    "TW337": Explanation(
        "The store cannot be reached",
        "The connection failed or the store answered that it is busy, also after the SDK's own retries.",
        "Check network, proxy and the configured address, and run the command again: it goes on where it stopped.",
    ),
    "TW338": Explanation(
        "A file was damaged on its way",
        "The checksum of what arrived differs from what was sent. The damaged copy was thrown away.",
        "Run the command again; if it repeats, check the disk and the network.",
    ),
    "TW339": Explanation(
        "The cloud's SDK is not installed",
        "This address needs a cloud's own client library, which comes with an extra of the package.",
        "Install it: `pip install 'tradewind[aws]'`, `[gcp]` or `[azure]`.",
    ),
    # 4xx jobs and versions that failed
    "TW490": Explanation(
        "The endpoint answered with an error",
        "The request reached the endpoint, and its answer has a status other than 2xx. The body is what the endpoint said.",
        "4xx: correct the request. 5xx: `deploy endpoint logs` shows what the handler printed.",
    ),
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
    "TW420": Explanation(
        "A new version was rolled back",
        "It did not get ready, failed the probe, or did worse than the old one or the limits. The old version serves, untouched.",
        "Read the reason and the last log lines; correct it and deploy again; the same one is on hold until `--release-hold`.",
    ),
    "TW421": Explanation(
        "The first version failed",
        "It crashed or refused to work, and there was none before it to go back to; it was taken away.",
        "Read its last log lines in the message, correct it and deploy again.",
    ),
    "TW422": Explanation(
        "Going back failed",
        "The version before did not come up again, so the present one still serves.",
        "Read the reason; deploy a version that works.",
    ),
    "TW423": Explanation(
        "The serving version does not come up",
        "A version that served before fails when it is started or resized again.",
        "Read its log with `deploy endpoint logs`, or go back with `deploy endpoint rollback`.",
    ),
    # 5xx engine
    "TW590": Explanation(
        "Interrupted",
        "Ctrl-C or SIGTERM. What runs elsewhere goes on; a rollout was put back before the command ended.",
        "Give the same command again: it goes on where it was.",
    ),
    "TW540": Explanation(
        "Over budget",
        "The plan may cost more than `budget:` allows, or nobody knows what it costs. Nothing was changed.",
        "Raise the budget, ask for less, hold the expected case against it with `basis: expected`, or, for a price that nobody "
        "knows, give your own under `prices.file` or agree with --accept price. docs/cost.md says how each figure is made.",
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
        "Stopped while waiting",
        "You stopped the command while it was waiting.",
        "Run the same command again: it goes on where it was.",
    ),
    "TW544": Explanation(
        "Something is left over",
        "After taking everything down, the target still shows things with this project's tags.",
        "Run `deploy down` again; if they stay, look at them in the cloud's own console.",
    ),
    "TW545": Explanation(
        "The same version failed in another run",
        "Another `up` that brought in the very same version had the lock before this one, and its rollout failed.",
        "`deploy history` says why. Change what was wrong; the old version, where there was one, still serves.",
    ),
    "TW510": Explanation(
        "Locked by another run",
        "Another run of this project and environment holds the lock, and did not let it go within `--lock-timeout`.",
        "Wait longer with `--lock-timeout`, or, if that run is surely over, free the lock with `deploy unlock`.",
    ),
    "TW511": Explanation(
        "This run lost the lock",
        "The lock was freed, taken over, or not renewed in time (a machine that slept), so this run stopped writing.",
        "Run the same command again: it goes on from what stands.",
    ),
    "TW512": Explanation(
        "The ledger was written by a newer tradewind",
        "An older tradewind can read this environment, but does not write to it.",
        "Upgrade tradewind to the version that was used here last.",
    ),
    "TW513": Explanation(
        "Gave up waiting",
        "The other side did not get to the expected state in time.",
        "Look with `deploy status`; the same command goes on where it was.",
    ),
    "TW515": Explanation(
        "A rollout was interrupted",
        "You stopped a rollout on its way; the version from before has all the traffic again, and what was new is gone.",
        "Run the same command again to start over.",
    ),
    "TW517": Explanation(
        "The first version did not get ready in time",
        "The version was not ready within `serve.startup_timeout`, and there was none before it, so it was taken away.",
        "Read its last log lines in the message; raise `serve.startup_timeout` if it only needs longer.",
    ),
    # 6xx this machine
    "TW600": Explanation(
        "The operating system refused",
        "A file or process of this machine's state folder could not be worked with.",
        "Read the system's own words in the message.",
    ),
    "TW601": Explanation(
        "The state folder cannot be written",
        "Jobs, endpoints and the ledger of provider local live below TRADEWIND_HOME, which is read-only or someone else's.",
        "Set TRADEWIND_HOME to a folder that you may write.",
    ),
    "TW602": Explanation(
        "The state folder's disk is full",
        "The state folder's disk (or your quota on it) has no room left. Nothing was half-written.",
        "Free some space, or set TRADEWIND_HOME to another disk; then run the same command again.",
    ),
    "TW603": Explanation(
        "A secret has no value on this machine",
        "On provider local a secret is taken from the environment of the command, and this variable is not set there.",
        "Export the variable in the shell that runs the command; its value is handed on in memory only.",
    ),
    "TW604": Explanation(
        "The job's name is taken",
        "A job of that name exists with another content, so this one was not started.",
        "Run the command again, which makes a new attempt; or delete the old job.",
    ),
    "TW605": Explanation(
        "The endpoint's port is taken",
        "The URL of an endpoint stays the same, but another program now listens on its port.",
        "Stop that program and run `deploy up` again, or take the endpoint down first to get a new URL.",
    ),
    "TW606": Explanation(
        "A background process did not start",
        "The supervisor of a job or the gateway of an endpoint ended before it stood; the message has its last words.",
        "Read its daemon.log (named in the hint); run the same command again.",
    ),
    "TW607": Explanation(
        "No such Python on this machine",
        "runtime.python asks for a version that is neither this one, nor on PATH, nor known to uv.",
        "Install it (`uv python install 3.12`), or ask for the one that is here.",
    ),
    "TW608": Explanation(
        "The requirements cannot be installed",
        "The installer refused the requirements file; its last lines are in the message.",
        "Try the same file with `pip install -r`; look at runtime.requirements and runtime.index.",
    ),
    "TW609": Explanation(
        "Files that should be here are not",
        "An artifact is not on this machine, is gone, or is not a readable archive; processes read file:// folders only.",
        "Run the command again to make it anew; data of another cloud must be downloaded first.",
    ),
    "TW610": Explanation(
        "No such job or endpoint on this machine",
        "Nothing of that name is in this state folder.",
        "Look at `deploy train list` and `deploy endpoint list`; is TRADEWIND_HOME the one that it was made with?",
    ),
    "TW611": Explanation(
        "The endpoint is not running",
        "Its gateway was stopped or killed, or the machine was restarted.",
        "Run `deploy up`: it comes back at the same URL.",
    ),
    "TW612": Explanation(
        "The gateway answered something unexpected",
        "The endpoint's control port refused the request, or another version of tradewind runs there.",
        "Run `deploy down`, then `deploy up`.",
    ),
    "TW613": Explanation(
        "Not a name for this machine",
        "Jobs and endpoints are folders here: letters, digits, '.', '_' and '-', at most 120 of them.",
        "Choose another name: shorter, and of these characters only.",
    ),
    "TW690": Explanation(
        "This machine refused",
        "The operating system said no: a full disk, a folder that cannot be written, too many open files.",
        "Free or correct what the message names, then give the same command again.",
    ),
    "TW614": Explanation(
        "A streamed answer was refused",
        "A streamed answer was asked for, and the version refused the request before the first piece.",
        "Read its own words in the message, and `deploy endpoint logs`.",
    ),
    "TW615": Explanation(
        "The endpoint cannot be as wished",
        "Shares must be percents that sum to 100 and go to slots that hold a version, one version a slot, 0 <= min <= max.",
        "This comes from a program that calls the provider itself: correct its `Wanted`.",
    ),
    "TW616": Explanation(
        "No such contract",
        "`deploy endpoint check` knows the serving contracts of aws, gcp and azure.",
        "Name one of those three, or name none to have all of them checked.",
    ),
    "TW617": Explanation(
        "The refreshed prices cannot be read",
        "A file below TRADEWIND_HOME/catalogue is cut short, changed by hand, or of a later version; nothing was priced by it.",
        "Refresh the prices again (`deploy cost refresh`), or delete the file: the shipped prices are used then.",
    ),
    "TW620": Explanation(
        "A price API could not be reached, or broke off",
        "The name was not found, nobody answered, or the answer ended early or came too slowly, also after several tries.",
        "Give `deploy cost refresh` again: it goes on with the pages and regions that it has. The old prices stay in force.",
    ),
    "TW621": Explanation(
        "A price API refused to answer",
        "It said so with the HTTP status in the message. Google's answers to a valid API key with the Cloud Billing API "
        "enabled alone; 429 and 503 mean that it was asked too often or is down.",
        "Check the key and the address, or try again later. The old prices stay in force.",
    ),
    "TW622": Explanation(
        "A price API answered something else than prices",
        "The answer was cut short, too large, no JSON, of another shape, led to another host, or has nothing for the region. "
        "A proxy's login page does that, and so does a cloud that changed its API.",
        "Check the region's name and the address. If both are right, tradewind has to learn a new shape: report it.",
    ),
    "TW623": Explanation(
        "The refreshed prices are not plausible",
        "Many prices moved more than tenfold, or a region has less than half the machines of the last refresh. The cloud's "
        "answer was probably not complete, or means something else than it did. The old prices stay in force.",
        "Look at `deploy cost refresh --dry-run`; where it is right after all, take it with --force.",
    ),
    "TW624": Explanation(
        "Another refresh of the prices is under way",
        "Two at once would write the same files below TRADEWIND_HOME. Nothing was changed.",
        "Wait for the other one to end, or end it; the lock goes with its process.",
    ),
    "TW625": Explanation(
        "Google's prices are read with an API key only",
        "The Cloud Billing catalogue answers nobody without one; AWS and Azure answer everybody. Nothing was changed.",
        "Make an API key in a Google Cloud project that has the Cloud Billing API enabled, restrict it to that API, and name "
        "it in GOOGLE_API_KEY or in a file with --key-file.",
    ),
    # 7xx bundle and runtime
    "TW700": Explanation(
        "The source folder cannot be shipped",
        "The folder or file named by `source:` or `handler:` is not there, or everything in it is ignored.",
        "Correct the path, or look at what .gitignore and .deployignore leave out.",
    ),
    "TW701": Explanation(
        "A link leads out of the source folder",
        "What a symbolic link points to outside of the folder is not there on the machine that runs the code.",
        "Copy the file into the folder, or name the link in .deployignore if it is not needed.",
    ),
    "TW702": Explanation(
        "The source folder is too large",
        "Code is shipped as one bundle of at most 1 GiB and 100,000 files; data belongs under `train.inputs`.",
        "Name the large files in .deployignore (the message lists them), and give data as an input.",
    ),
    "TW703": Explanation(
        "Two file names differ only in their Unicode form",
        "The same letters are written once composed and once decomposed (NFC, NFD); on some machines they are one file.",
        "Rename one of the two files.",
    ),
    "TW704": Explanation(
        "A file changed while it was being read",
        "Something wrote to the source folder during bundling, so what would be shipped is not what was looked at.",
        "Stop what writes there, or name the file (a log?) in .deployignore; then run the command again.",
    ),
    "TW705": Explanation(
        "A source file cannot be read",
        "The system refused to read a file or folder below the source folder.",
        "Fix its permissions, or name it in .deployignore if it is not needed.",
    ),
    "TW710": Explanation(
        "The installation is incomplete",
        "The files that run inside containers (tradewind/training_jobs, tradewind/serving) were not found on disk.",
        "Install the package again; it cannot run from inside a zip file.",
    ),
    # 8xx the ground and Pulumi: 850 on, what the platform team's rules refuse
    "TW801": Explanation(
        "The stack's configuration is wrong",
        "A key of the stack's configuration is unknown, missing, or has a value that cannot be. Nothing was called.",
        "`pulumi config` shows what is set, and Pulumi.yaml tells every key; correct each that is named.",
    ),
    "TW860": Explanation(
        "What the ground needs is not installed",
        "Pulumi's packages for Python are an extra, since only `deploy infra` needs them. Nothing was called.",
        "Install them with `pip install 'tradewind[infra]'`, into the same environment as tradewind.",
    ),
    "TW861": Explanation(
        "Pulumi's command line is not there",
        "`deploy infra` drives Pulumi's own command line. There is none on PATH, and no terminal to ask on whether to fetch it.",
        "Put `pulumi` on PATH (https://www.pulumi.com/docs/install/), or give the command on a terminal once and agree there.",
    ),
    "TW862": Explanation(
        "Something lives on the ground",
        "`deploy infra destroy` refuses while endpoints or jobs of the environment live: they would fail, and still bill.",
        "Take them down with `deploy down` first; --force removes the ground all the same.",
    ),
    "TW863": Explanation(
        "The ground is kept",
        "Bucket and key are protected, and a bucket is kept while it holds anything. `deploy infra destroy` looks for both before"
        " it begins, since Pulumi would remove everything else first and stop there.",
        "Apply `deploy infra up -c protect=false`, with `-c keep_objects=false` where all models and the ledger may go too.",
    ),
    "TW810": Explanation(
        "The stack is locked",
        "Another update of the same stack is under way, or its process died and left the lock. Nothing was changed.",
        "Wait for it with --lock-timeout; where the process that is named does not live any more, `deploy infra unlock`.",
    ),
    "TW811": Explanation(
        "The stack's secrets cannot be read",
        "The stack was made with another passphrase, or with a key that is not in reach.",
        "Set PULUMI_CONFIG_PASSPHRASE_FILE to the file it was made with; tradewind's own is infra/passphrase in its home.",
    ),
    "TW812": Explanation(
        "A plug-in of Pulumi is missing",
        "The engine fetches the plug-in of each cloud when it is first used, and could not.",
        "Look at the network; or install it by hand with `pulumi plugin install resource NAME VERSION`.",
    ),
    "TW813": Explanation(
        "The ground could not be made as asked",
        "A resource was refused or failed, in the cloud's own words. What was made before it stays, and is in the state.",
        "Mend what the message says and give the same command again: it goes on where it was.",
    ),
    "TW814": Explanation(
        "Pulumi's command line cannot be used",
        "It is missing, does not run, or is too old for the SDK that is installed.",
        "Install a current one (https://www.pulumi.com/docs/install/).",
    ),
    "TW815": Explanation(
        "The state cannot be reached",
        "What keeps the stack's state wants a sign-in, or refused the one that is there.",
        "`pulumi login URL`, or name another place with --backend.",
    ),
    "TW816": Explanation(
        "The update was stopped",
        "You stopped it: what was under way ended, the rest was not begun, and the lock is free.",
        "Give the same command again: it goes on where it was.",
    ),
    "TW817": Explanation(
        "The stack is of another cloud",
        "One stack is one ground; leading it to another cloud would delete what it holds. Nothing was changed.",
        "Name another stack with --stack, or give the cloud that the stack is of.",
    ),
    "TW818": Explanation(
        "There is no such stack",
        "`drift` and `refresh` look at a stack that is there. Of this name there is none, on the backend that is named.",
        "`deploy infra up` makes it; --stack and --backend name another.",
    ),
    "TW820": Explanation(
        "A preview is not whole",
        "Pulumi's events are what a preview is read from. Some could not be read, or broke off before their end. What is not "
        "shown whole is not agreed to. Nothing was changed.",
        "Give the command again; if it stays, bring Pulumi's command line and tradewind's `infra` extra to versions of one age.",
    ),
    "TW850": Explanation(
        "The preview breaks a rule of the ground",
        "What would be made is open to the public, unencrypted, in a region that is not allowed, or allows everything. "
        "Nothing was made.",
        "Change the stack's configuration at the named property; `deploy infra preview` shows it again.",
    ),
    # 9xx a defect of ours
    "TW900": Explanation(
        "A defect of ours",
        "Something happened in tradewind that its authors did not think of. Your spec is not to blame.",
        "Give the same command with --debug and report what it prints, together with `deploy --version`.",
    ),
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

RANGES = {
    "TW0": "The spec, arguments, and plans that need an answer",
    "TW1": "Credentials and permission",
    "TW2": "Quota and capacity",
    "TW3": "Conflicts, missing things, throttling, the network, storage",
    "TW4": "Jobs and versions that failed",
    "TW5": "The engine: budget, time, locks, rollbacks, interrupts",
    "TW6": "This machine",
    "TW7": "Bundles and the runtime",
    "TW8": "The ground and Pulumi",
    "TW9": "A defect of ours",
}


def reference() -> str:
    """docs/errors.md, which a test keeps current (`python -m tradewind.codes > docs/errors.md`)."""
    out = [
        "# Error codes",
        "",
        "`deploy explain CODE` prints the same. The exit codes are in [exit-codes.md](exit-codes.md).",
    ]
    for prefix, title in RANGES.items():
        if found := {code: e for code, e in sorted(CODES.items()) if code.startswith(prefix)}:
            out += ["", f"## {prefix}xx · {title}"]
            for code, e in found.items():
                out += ["", f"### {code}: {e.title}", "", e.meaning, "", f"**What to do:** {e.remedy}"]
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(reference())
