"""A training laid out over several blocks or sheets: woven into one table to be judged, and told apart again."""
