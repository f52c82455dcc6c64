"""The urgent notice, from the console."""
