"""Networks described in files: TOML, a form to fill in, or a workbook that was built."""
