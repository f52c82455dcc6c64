"""Scoring calls by forms that a supervisor designs."""
