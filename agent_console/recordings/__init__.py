"""Listening to recordings: purpose first, audit first."""
