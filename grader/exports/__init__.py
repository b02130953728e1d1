"""Gradebooks as text: results and what is known of the students in, text out."""
