"""Tests of the systems that submissions come from."""
