"""The store: what was suggested, what people made of it, which version is served, and what monitoring found.

It is a SQLite file beside ZenML's own store, and in production a PostgreSQL database of its own or a shared one: all
tables start with `tagstack_`. `open_store` makes and migrates them. Set `store.url` without a password, and the
password in the environment variable ``TAGSTACK_STORE_PASSWORD``.

Back it up as the database it is (`sqlite3 store.db ".backup copy.db"`, `pg_dump`): nothing else holds these rows. An
acknowledged decision is on the disk. A SQLite file must lie on a local disk and serves one machine; replicas on
several machines need a database server.
"""
