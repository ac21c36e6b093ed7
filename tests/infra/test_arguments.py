"""What every cloud's arguments refuse."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tradewind.infra.arguments import Network


@pytest.mark.parametrize("cidr", ["127.0.0.0/16", "169.254.0.0/16", "240.0.0.0/16", "192.0.2.0/24", "172.32.0.0/16"])
def test_a_network_is_of_a_private_range(cidr: str) -> None:
    """No cloud makes a network of loopback, link-local or reserved addresses, which Python calls private, too."""
    with pytest.raises(ValidationError, match="no private range"):
        Network.model_validate({"cidr": cidr})


@pytest.mark.parametrize("cidr", ["10.255.0.0/16", "172.31.0.0/16", "192.168.0.0/24"])
def test_private_ranges_are_taken(cidr: str) -> None:
    assert Network.model_validate({"cidr": cidr})
