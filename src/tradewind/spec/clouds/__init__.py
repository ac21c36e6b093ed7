"""The typed per-cloud blocks: region, addresses, and what exists on one cloud only. No SDK is needed to validate them."""
