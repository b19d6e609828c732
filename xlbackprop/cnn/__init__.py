"""A convolutional network for MNIST under 20,000 parameters: its tables, its training and its report."""

from pathlib import Path

REPORT = Path("workbooks/CNN_Report.xlsx")
DATA_DIR = Path("~/.cache/xlbackprop")  # one MNIST for all projects of a person
