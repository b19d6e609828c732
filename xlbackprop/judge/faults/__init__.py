"""Every fault of a table as a finding: of which kind, in which cells, and in words."""
