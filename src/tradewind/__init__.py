"""tradewind: train models and serve them on SageMaker, Vertex AI, Azure ML or this machine, from one deploy.yaml."""

__version__ = "0.1.0"
