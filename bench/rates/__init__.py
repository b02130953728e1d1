"""How often the grader is wrong: it grades changed model solutions whose truth is known.

usage: python -m bench.rates OUT [--labs 04,05] [--sample N] [--jobs N] [--minutes M] [--report]

Started from the top of the checkout. `mutants.py` says what a mutant and a rewrite are,
`__main__.py` what is printed. What was graded is kept in OUT, so that a run goes on where it ended.
"""
