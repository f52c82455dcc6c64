"""Drafts of cases, kept on the server field by field."""
