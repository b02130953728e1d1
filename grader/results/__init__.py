"""Marks on disk: RESULTS/<submission>/marks.json, beside the automatic results."""
