"""Our server behind SageMaker's own: the shim runs in their workers and hands each request on to one process of ours.

Their servers load a model once in each worker, tell errors in their own words, know neither streams nor coroutines, and one
of them patches threads away. So nothing is loaded in their workers: the first starts `python -m tradewind.serving` beside
them, all relay to it, and what it answers is what the caller gets.
"""
