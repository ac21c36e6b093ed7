"""What --help shows under each verb: commands as people type them. A test parses every one."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "up": (
        "deploy",
        "deploy up --env prod --yes",
        "deploy up --set train.parameters.trees=60",
        "deploy up --provider aws --accept serve.request.max_body",
    ),
    "plan": ("deploy plan", "deploy plan --all", "deploy plan --exit-code --output json"),
    "down": ("deploy down", "deploy down --env prod --unprotect prod --yes", "deploy down --purge"),
    "status": ("deploy status", "deploy status --env prod --output json"),
    "history": ("deploy history", "deploy history -n 10 --env prod"),
    "explain": ("deploy explain TW050", "deploy explain"),
    "providers": ("deploy providers", "deploy providers local"),
    "init": ("deploy init my-project", "deploy init --template llm chat", "deploy init --template handler --name words ."),
    "doctor": ("deploy doctor", "deploy doctor -f prod/deploy.yaml --env prod"),
    "schema": ("deploy schema > deploy.schema.json", "deploy schema --document plan", "deploy schema --list"),
    "lock": ("deploy lock", "deploy lock --upgrade --env prod"),
    "unlock": ("deploy unlock", "deploy unlock --env prod --yes"),
    "train run": (
        "deploy train run",
        "deploy train run --set train.parameters.epochs=5",
        "deploy train run --detach",
    ),
    "train status": ("deploy train status", "deploy train status churn-3f9a1c2b4d-1"),
    "train logs": ("deploy train logs", "deploy train logs --follow", "deploy train logs 3f9a1c2b4d"),
    "train stop": ("deploy train stop churn-3f9a1c2b4d-1", "deploy train stop --yes"),
    "train list": ("deploy train list", "deploy train list --output json"),
    "train download": ("deploy train download", "deploy train download 3f9a1c2b4d --to model"),
    "endpoint status": ("deploy endpoint status", "deploy endpoint status churn --provider local"),
    "endpoint invoke": (
        "deploy endpoint invoke --file request.json",
        "deploy endpoint invoke --file rows.csv --accept application/json",
        """deploy endpoint invoke --data '{"instances": [[5.1, 3.5]]}' --output json""",
        "deploy endpoint invoke churn --provider local < request.json",
    ),
    "endpoint connect": ("deploy endpoint connect", "deploy endpoint connect --as python > call.py"),
    "endpoint logs": ("deploy endpoint logs --follow", "deploy endpoint logs --slot b", "deploy endpoint logs -o ndjson"),
    "endpoint rollback": ("deploy endpoint rollback", "deploy endpoint rollback churn --provider local --yes"),
    "endpoint guard": ("deploy endpoint guard", "deploy endpoint guard churn --provider local --output json"),
    "endpoint check": (
        "deploy endpoint check",
        "deploy endpoint check --handler serve.py --model model/",
        "deploy endpoint check --cloud aws -- python my_server.py",
    ),
    "endpoint list": ("deploy endpoint list", "deploy endpoint list --provider local"),
    "sandbox start": (
        "deploy sandbox start",
        "deploy sandbox start --speed 1",
        'eval "$(deploy sandbox start --export)"',
    ),
    "sandbox status": ("deploy sandbox status", "deploy sandbox status --output json"),
    "sandbox stop": ("deploy sandbox stop",),
    "sandbox reset": ("deploy sandbox reset", "deploy sandbox reset --yes"),
    "completion": (
        'eval "$(deploy completion bash)"      # in ~/.bashrc',
        'eval "$(deploy completion zsh)"       # in ~/.zshrc',
        "deploy completion fish | source       # in config.fish",
    ),
}  # fmt: skip
