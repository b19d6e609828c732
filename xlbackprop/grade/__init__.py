"""Grade a class: judge a folder of hand-made workbooks, score them by a rubric, write a gradebook and feedback."""
