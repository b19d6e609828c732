"""The workbook as pages of data: what stands in which cell, and how it looks."""
