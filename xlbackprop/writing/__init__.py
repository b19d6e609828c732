"""Pages written down: to .xlsx, to pictures, to paper."""
