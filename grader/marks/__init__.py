"""Marks that people give to free answers: what one is, when it counts, and sheets of them.

Pure: what lies in files is read and written by `grader.results`.
"""
