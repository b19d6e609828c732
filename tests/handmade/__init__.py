"""Workbooks as people make them by hand, correct and with one mistake; none of it comes from the package's builder."""
