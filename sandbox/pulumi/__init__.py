"""Resource providers for Pulumi's engine on loopback: AWS on the emulated account, Google and Azure with state of their own.

Nothing is downloaded and nothing reaches a cloud: the engine attaches to them by PULUMI_DEBUG_PROVIDERS.
"""

from tradewind.sandbox.pulumi.serving import Attached, serve

__all__ = ["Attached", "serve"]
