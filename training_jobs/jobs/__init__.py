"""Ready-made jobs: `python -m tradewind.training_jobs.jobs.tabular`, `… .onnx_export`. Model libraries are the user's."""
