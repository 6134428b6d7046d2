"""Alembic's entry: renders SQL only, which our own drivers run (`adapters.storage.migrate`)."""

from alembic import context

# Statements come out one by one; the transaction around them all belongs to the engine.
context.configure(dialect_name=context.config.attributes["dialect"], transactional_ddl=False)
context.run_migrations()
