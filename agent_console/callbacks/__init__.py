"""Calling citizens back in turn."""
