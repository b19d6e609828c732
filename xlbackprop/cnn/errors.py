"""What can go wrong in a training, as exceptions whose message is one line: what is wrong, where, and what to do."""

from xlbackprop.errors import XlbackpropError


class BadData(XlbackpropError):
    """MNIST cannot be fetched, or a file of it is not what was published."""


class BadCheckpoint(XlbackpropError):
    """A checkpoint is missing, damaged, or of another training than the one to resume."""


class Diverged(XlbackpropError):
    """The loss is not a number any more."""


class Parted(XlbackpropError):
    """One of several processes that train together is gone."""
