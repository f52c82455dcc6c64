"""Alembic's entry: takes the connection that `upgrade.py` opened. Must not open one itself."""

from alembic import context

from storage.all_tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
