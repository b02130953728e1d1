"""Judges students' answers: each kind reads an answer's text and compares it with the key's."""
