"""The folder RESULTS: every file that is written there, and what may be read from it."""
