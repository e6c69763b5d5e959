"""What Alembic runs to migrate: on the connection it is given, in that connection's transaction."""

from alembic import context

from tagstack.store.tables import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
