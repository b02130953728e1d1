"""The commands, one module for each or for a few that belong together; `cli.py` lists them.

Together with `cli.py` the only code that prints and the only one that chooses exit codes.
"""
