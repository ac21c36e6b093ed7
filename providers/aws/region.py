"""The region as boto3 would find it, without boto3: for plans and prices, before anything is called."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path

CONFIG, CREDENTIALS = "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"


def of_environment(profile: str | None, environ: Mapping[str, str]) -> str | None:
    """AWS_DEFAULT_REGION, else the profile's. A file that cannot be read says nothing: who signs in is told about it."""
    if found := environ.get("AWS_DEFAULT_REGION"):
        return found
    name = profile or environ.get("AWS_DEFAULT_PROFILE") or environ.get("AWS_PROFILE") or "default"
    sections = [f"profile {name}", f'profile "{name}"', *(["default"] if name == "default" else [])]
    return (
        # Both files are one to botocore, and what is in the second wins.
        _said(Path(environ.get(CREDENTIALS) or "~/.aws/credentials"), [name])
        or _said(Path(environ.get(CONFIG) or "~/.aws/config"), sections)
    )


def _said(file: Path, sections: list[str]) -> str | None:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(file.expanduser(), encoding="utf-8")
    except (OSError, ValueError, RuntimeError, configparser.Error):  # RuntimeError: nobody's home
        return None
    said = (parser[it]["region"].strip() for it in sections if parser.has_option(it, "region"))
    return next((region for region in said if region), None)
