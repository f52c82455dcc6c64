"""Schema revisions of the main database (Alembic), run from Python only."""
