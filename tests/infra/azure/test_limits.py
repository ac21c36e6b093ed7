"""What Azure cannot have is told by the arguments, before anything is started."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.infra.azure.founding import PLAIN, SOMEBODY, SUBSCRIPTION
from tradewind.errors import SpecError
from tradewind.infra import config
from tradewind.infra.arguments import AzureExisting, AzureFoundationArgs

MAILS = {"mails": ["a@acme.com"]}
KEY = f"https://vault1.vault.azure.net/keys/mine/{'a' * 32}"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/g"
THEIRS = f"/subscriptions/{'9' * 8}-2222-3333-4444-555555555555/resourceGroups/g"
SORT = "providers/Microsoft.Network/privateDnsZones"
BLOB = "privatelink.blob.core.windows.net"
ZONE = f"/subscriptions/hub/resourceGroups/dns/{SORT}/{BLOB}"

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "China's Azure": ({"region": "chinanorth3"}, "region"),
    "a container of no account": ({"existing": {"bucket": "box"}}, "existing.storage_account"),
    "a container's name": ({"existing": {"bucket": "Box", "storage_account": "account1"}}, "existing.bucket"),
    "an account's name": ({"existing": {"storage_account": "My-Account"}}, "existing.storage_account"),
    "a vault's name": ({"existing": {"key_vault": "a--b"}}, "existing.key_vault"),
    "a registry's name": ({"existing": {"registry": "images.azurecr.io"}}, "existing.registry"),
    "a workspace's name": ({"existing": {"workspace": "w" * 34}}, "existing.workspace"),
    "an identifier of something else": (
        {"existing": {"registry": f"{GROUP}/providers/Microsoft.KeyVault/vaults/images1"}}, "existing.registry",
    ),
    "a group of another subscription": (
        {"existing": {"resource_group": THEIRS}},
        "another subscription",
    ),
    "an account of another subscription": (
        {"existing": {"storage_account": f"{THEIRS}/providers/Microsoft.Storage/storageAccounts/account1"}},
        "existing.storage_account: of another subscription",
    ),
    "subnets of no network": ({"existing": {"subnets": ["one"]}}, "existing.network"),
    "addresses in no subnet": ({"existing": {"network": "net"}, "network": {}}, "existing.subnets"),
    "a zone of no private endpoint": ({"existing": {"network": "net", "dns_zones": {BLOB: ZONE}}}, "give `network`"),
    "a zone of something else": (
        {"network": {}, "existing": {"dns_zones": {"privatelink.sql.azure.com": f"{GROUP}/{SORT}/privatelink.sql.azure.com"}}},
        "privatelink.sql.azure.com: the zones are privatelink.blob",
    ),
    "a zone by its name": ({"network": {}, "existing": {"dns_zones": {BLOB: BLOB}}}, f"/{BLOB}, and not"),
    "another zone": ({"network": {}, "existing": {"dns_zones": {BLOB: ZONE.replace("blob", "file")}}}, f"{BLOB}, and not"),
    "six messages of a budget": ({**MAILS, "budget": {"month": 1, "percent": [10, 20, 30, 40, 50]}}, "budget.percent"),
    "a share twice": ({**MAILS, "budget": {"month": 1, "percent": [50, 50]}}, "twice"),
    "no message": ({**MAILS, "budget": {"month": 1, "percent": [], "forecast": False}}, "nobody"),
    "a currency": ({**MAILS, "budget": {"month": 1, "currency": "EUR"}}, "budget.currency"),
    "logs too short": ({"log_days": 29}, "log_days: Log Analytics keeps 30 to 730 days"),
    "logs too long": ({"log_days": 731}, "log_days"),
    "a key by name": ({"existing": {"kms_key": "mine", "key_vault": "vault1"}}, "existing.kms_key"),
    "a key with no version": (
        {"existing": {"kms_key": KEY.rpartition("/")[0], "key_vault": "vault1"}}, "existing.kms_key",
    ),
    "a key of no vault": ({"existing": {"kms_key": KEY}}, "existing.key_vault"),
    "a key of another vault": ({"existing": {"kms_key": KEY, "key_vault": "vault2"}}, "vault1"),
    "a secret of another vault": (
        {"secrets": ["https://vault2.vault.azure.net/secrets/hub"], "existing": {"key_vault": "vault1"}}, "vault1 alone",
    ),
    "a secret of some vault": ({"secrets": ["https://vault2.vault.azure.net/secrets/hub"]}, "name is enough"),
    "a secret of another cloud": ({"secrets": ["arn:aws:secretsmanager:x"]}, "secrets"),
    "somebody by mail": ({"trusted": {"planner": ["me@acme.com"]}}, "trusted.planner"),
    "somebody of no kind": ({"trusted": {"planner": [SOMEBODY]}}, "trusted.planner"),
    "somebody twice": ({"trusted": {"planner": [f"group:{SOMEBODY}", f"user:{SOMEBODY.upper()}"]}}, "twice"),
    "21 ends": ({"github": {"repository": "a/b", "planner": [f"environment:{it}" for it in range(21)]}}, "at most 20"),
    "any environment": ({"github": {"repository": "a/b", "deployer": ["environment:*"]}}, "knows no *"),
    "an end twice": ({"github": {"repository": "a/b", "deployer": ["pull_request"] * 2}}, "twice"),
    "a tag twice": ({"tags": {"Team": "a", "team": "b"}}, "one name"),
    "our own tag": ({"tags": {"Managed-By": "me"}}, "tradewind's own"),
    "48 tags": ({"tags": {f"t{it}": "x" for it in range(48)}}, "Azure takes 50"),
    "a long tag": ({"tags": {"t" * 129: "x"}}, "128"),
    "a long value": ({"tags": {"t": "x" * 257}}, "256"),
    "an endpoint's name": ({"watch": [{"endpoint": "no' or 1 == 1"}]}, "no name"),
    "idle for less than the log is late": ({"watch": [{"endpoint": "fraud", "idle": "9m"}]}, "ten minutes"),
    "idle for a week": ({"watch": [{"endpoint": "fraud", "idle": "7d"}]}, "two days"),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "said"), REFUSED.values(), ids=list(REFUSED))
def test_what_azure_cannot_have_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        AzureFoundationArgs.model_validate(PLAIN | asked)
    (error,) = raised.value.errors()
    assert said in error["msg"]


TAKEN: list[dict[str, Any]] = [
    {"existing": {"storage_account": "account1", "bucket": "box"}},
    {"existing": {"registry": f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/images1"}},
    {"existing": {"resource_group": GROUP, "workspace": "w_1", "alerts": "who is told"}},
    {"existing": {"kms_key": KEY, "key_vault": f"{GROUP}/providers/Microsoft.KeyVault/vaults/vault1"}},
    {"existing": {"network": "net"}, "network": {"private_endpoints": False}},
    {"existing": {"network": "net", "subnets": ["one"], "dns_zones": {BLOB: ZONE}}, "network": {}},
    {**MAILS, "budget": {"month": 1, "percent": [10, 20, 30, 40]}},
    {**MAILS, "budget": {"month": 1, "percent": [10, 20, 30, 40, 50], "forecast": False}},
    {"log_days": 30}, {"log_days": 730},
    {"secrets": ["hub", "https://vault1.vault.azure.net/secrets/hub"], "existing": {"key_vault": "vault1"}},
    {"trusted": {"planner": [f"user:{SOMEBODY}", f"app:{SOMEBODY[:-1]}2"], "deployer": [f"group:{SOMEBODY}"]}},
    {"tags": {"cost/center": "7"}},
    {"watch": [{"endpoint": "fraud", "idle": "2d"}, {"endpoint": "churn", "idle": None}]},
    {"watch": [{"endpoint": "fraud", "idle": "10m"}]},
]  # fmt: skip


@pytest.mark.parametrize("asked", TAKEN, ids=str)
def test_what_azure_can_have_is_taken(asked: dict[str, Any]) -> None:
    AzureFoundationArgs.model_validate(PLAIN | asked)


OPTIONS = sorted(it for it in AzureExisting.model_fields if it not in ("subnets", "dns_zones"))
TYPED = st.one_of(st.text(max_size=40), st.text("/subscriptions-resourceGroups0", max_size=60), st.just(GROUP))


@given(existing=st.dictionaries(st.sampled_from(OPTIONS), TYPED, max_size=4), secrets=st.lists(TYPED, max_size=2))
def test_whatever_is_typed_is_taken_or_refused_in_words(existing: dict[str, str], secrets: list[str]) -> None:
    kinds: list[str] = []
    try:
        AzureFoundationArgs.model_validate(PLAIN | {"existing": existing, "secrets": secrets})
    except ValidationError as error:
        kinds = [it["type"] for it in error.errors()]
    assert set(kinds) <= {"value_error", "string_too_short"}


def test_all_that_is_wrong_is_told_at_once_by_its_key() -> None:
    said = {"cloud": "azure", "region": "westeurope", "subscription": SUBSCRIPTION, "log_days": "1"}
    with pytest.raises(SpecError) as raised:
        config.arguments({**said, "existing": {"bucket": "box"}}, "dev")
    assert "existing.storage_account" in str(raised.value)
    assert "30 to 730" in str(raised.value)
