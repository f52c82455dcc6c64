"""Pages: HTML for people. Owns words and layout; decides nothing."""
