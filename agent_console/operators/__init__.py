"""Operators: states, roster, wrap-up."""
