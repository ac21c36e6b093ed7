"""An emulated AWS account on loopback: moto's server, with a SageMaker before it that really trains and serves.

It stands on the wire alone: it shares no code with the provider that talks to it.
"""
