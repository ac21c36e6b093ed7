"""Private DNS zones by what a private endpoint leads to. No Pulumi here: limits ask for their names, too.

Source: "Azure Private Endpoint private DNS zone values" (private-link/private-endpoint-dns).
"""

from __future__ import annotations

from collections.abc import Mapping

ZONES: Mapping[str, tuple[str, ...]] = {
    "blob": ("privatelink.blob.core.windows.net",),
    "file": ("privatelink.file.core.windows.net",),
    "vault": ("privatelink.vaultcore.azure.net",),
    "registry": ("privatelink.azurecr.io",),
    "amlworkspace": ("privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"),
}
NAMES = tuple(zone for some in ZONES.values() for zone in some)
