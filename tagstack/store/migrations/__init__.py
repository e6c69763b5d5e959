"""Alembic's migrations of the store's schema; `tagstack.store.schema` runs them."""
