"""What can go wrong, as exceptions whose message is one line: what is wrong, where, and what to do."""


class XlbackpropError(Exception):
    """Base of every error this package raises on purpose; the command line prints it and exits with 2."""


class BadOption(XlbackpropError):
    """A value given on the command line, or to a public function, cannot be used."""


class BadTemplate(XlbackpropError):
    """A template is missing, is of no known kind, or has a key that does not fit; the message names place and key."""


class BadFile(XlbackpropError):
    """A file of samples or of weights cannot be used; the message names the file, and the line or array of it."""


class BadModule(XlbackpropError):
    """A torch module cannot be found, or has something that a workbook does not; the message names the layer."""


class NotInstalled(XlbackpropError):
    """A package of an extra is missing or does not load."""


class Unreadable(XlbackpropError):
    """A workbook cannot be judged: missing, damaged, protected, hostile, or not written by this package."""


class EngineFailed(XlbackpropError):
    """A spreadsheet program is missing, or did not recalculate a workbook."""
