"""deploy.yaml: models, loading, overlays, units, lock, schema."""
