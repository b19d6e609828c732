"""The sheets of the gradebook: each module makes pages of one kind from a graded class."""
