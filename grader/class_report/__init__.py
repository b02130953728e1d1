"""What a whole class tells: pure functions from a stream of results to one summary."""
