"""Turns what a course gets from elsewhere into a folder of submissions."""
