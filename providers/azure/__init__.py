"""Azure Machine Learning: planned and priced by this version, not connected to yet."""
