"""Cases: creation, life, timeline."""
