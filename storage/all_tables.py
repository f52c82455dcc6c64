"""The whole main database: importing this makes `metadata` complete. One line for each module that holds tables."""

from __future__ import annotations

from storage import tables, work_tables
from storage.schema import metadata

__all__ = ["metadata", "tables", "work_tables"]
