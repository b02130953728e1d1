"""Builds, observes, judges and scores the labs of a Docker tutorial."""
