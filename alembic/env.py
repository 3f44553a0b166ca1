"""Runs the revisions on the connection that homebeat.store.base.revisions hands over."""

from alembic import context
from homebeat.store.schema import is_ours, make_schema

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=make_schema(connection.dialect.name),
    include_object=is_ours,
    compare_type=True,
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
