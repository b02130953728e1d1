# The orders service on port 8000: GET /orders and POST /orders, taken from monolith.py.
