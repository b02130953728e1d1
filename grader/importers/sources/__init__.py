"""Where submissions come from, one module for each system; `kinds.py` lists them."""
