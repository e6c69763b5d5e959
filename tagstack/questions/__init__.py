"""The SQL side: the `Posts` table, its reader, the data-dump importer and the sample generator."""
