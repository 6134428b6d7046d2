"""Forward-only migrations, rendered to SQL by Alembic and run by our own drivers."""
