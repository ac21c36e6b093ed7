"""An emulated AWS account on loopback: moto's server, with a SageMaker before it that really runs training jobs.

It stands on the wire alone: it shares no code with the provider that talks to it.
"""
