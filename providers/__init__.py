"""Where a model is trained and served: the protocol, the registry, the conformance suite, and one folder a cloud."""
