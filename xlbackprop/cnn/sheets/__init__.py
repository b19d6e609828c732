"""The sheets of the report: each module makes the page of one from what a training gave."""
