"""The kinds of sheet: each module makes the page of one kind from a plan and its numbers."""
