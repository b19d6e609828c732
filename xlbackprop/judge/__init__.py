"""Judge a workbook that somebody made by hand: find its tables, understand them, and name the wrong term."""
