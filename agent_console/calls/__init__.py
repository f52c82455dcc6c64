"""Calls: list, one call, control of a live one."""
