"""The commands: one module for each, named as the user types it, and what several of them share.

The only code that prints, and the only one that chooses exit codes.
"""
