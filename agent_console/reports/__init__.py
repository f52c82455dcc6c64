"""Reports over the call archive."""
