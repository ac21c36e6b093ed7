"""Makes the shipped prices and machine facts from what was collected: `python -m tradewind.cost.build`."""
