"""What an op cannot do."""


class Trouble(Exception):
    """The op cannot be run or its gradients cannot be matched to its arguments: one line says why."""
