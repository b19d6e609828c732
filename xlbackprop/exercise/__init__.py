"""Exercises: a workbook to fill in for each student, live feedback without the answer, a key for the teacher."""
