"""The database: tables, connections, keys, and the records of one organisation at a time."""
