# The reports service on port 8000: GET /reports/MONTH, taken from monolith.py; asks http://orders:8000/orders.
