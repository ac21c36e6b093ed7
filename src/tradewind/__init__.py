"""tradewind: train models and serve them on SageMaker, Vertex AI, Azure ML or this machine, from one deploy.yaml.

    import tradewind
    tradewind.up("deploy.yaml")
    tradewind.invoke({"rows": [[1, 2]]}).body

Nothing is imported before it is used: this file runs before `deploy --help`, so it stays bare and readable by Python 3.8.
"""

TYPE_CHECKING = False  # what typing calls so, without its import
if TYPE_CHECKING:
    from tradewind.api import (
        down,
        guard,
        history,
        invoke,
        load_spec,
        lock,
        plan,
        plan_all,
        rollback,
        status,
        train,
        up,
    )
    from tradewind.errors import TradewindError

__version__ = "0.1.0"

_FROM_API = (
    "down",
    "guard",
    "history",
    "invoke",
    "load_spec",
    "lock",
    "plan",
    "plan_all",
    "rollback",
    "status",
    "train",
    "up",
)

__all__ = [
    "TradewindError",
    "__version__",
    "down",
    "guard",
    "history",
    "invoke",
    "load_spec",
    "lock",
    "plan",
    "plan_all",
    "rollback",
    "status",
    "train",
    "up",
]


def __getattr__(name: str) -> object:
    if name in _FROM_API:
        import tradewind.api

        return getattr(tradewind.api, name)
    if name == "TradewindError":
        from tradewind.errors import TradewindError

        return TradewindError
    raise AttributeError("module 'tradewind' has no attribute " + repr(name))


def __dir__() -> "list[str]":
    return sorted(__all__)
