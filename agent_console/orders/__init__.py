"""Orders to the field, as the console sees them."""
