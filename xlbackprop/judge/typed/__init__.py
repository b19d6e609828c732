"""What people typed into a sheet, read: labels, tables, formulas and explanations; and what charts show."""
