"""Why a formula is wrong: the smallest change that makes it right."""
