"""Endpoints on SageMaker."""

from __future__ import annotations

from tradewind.providers.aws.ground import Ground
from tradewind.providers.aws.native import NativeServer
from tradewind.providers.aws.session import Session
from tradewind.providers.aws.shares import SharesServer
from tradewind.providers.base import Server
from tradewind.spec.clouds.aws import Aws


def server(session: Session, ground: Ground, settings: Aws) -> Server:
    """By `aws.serve.rollout`: SageMaker's own rollouts, or two variants whose shares the engine moves."""
    return (NativeServer if settings.serve.rollout == "native" else SharesServer)(session, ground, settings)
