"""What a container needs before anything of the user's can run there, for training and serving alike: packages and secrets.

Ships with both. Standard library only, Python 3.8 and up: prebuilt images carry old ones.
"""
