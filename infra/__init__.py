"""The ground: bucket, identities, registry, network, keys, logs, alerts and budget, as one Pulumi program over four components.

Importing this package loads no Pulumi; its modules do, where they are used.
"""
