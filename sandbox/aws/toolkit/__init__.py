"""A stand-in for the toolkits in SageMaker's framework images: it serves a user's inference.py as they do.

Written from their sources: aws/sagemaker-containers with the scikit-learn and XGBoost containers (gunicorn and Flask),
aws/sagemaker-inference-toolkit with the PyTorch and Hugging Face ones (a model server). Standard library,
and Flask where moto's server brought it along.
"""
