"""What runs inside a training container. Standard library only, Python 3.8 and up: prebuilt images carry old ones."""
