"""Turn a neural network into a spreadsheet that trains itself by live formulas, and prove every cell right."""

__version__ = "0.1.0"
