"""Which network a table trains, and what each of its columns comes to for numbers drawn at random."""
