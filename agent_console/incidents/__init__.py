"""Incidents: cases that are about the same thing."""
