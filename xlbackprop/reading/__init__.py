"""Workbooks of others, read: an untrusted archive, what was saved in it, and its cells."""
