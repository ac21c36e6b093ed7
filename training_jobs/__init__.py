"""What runs inside a training container. Standard library only; Python 3.8 and later."""
