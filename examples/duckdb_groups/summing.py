"""Sums a table, on the threads of the library."""

import duckdb

ROWS = "SELECT range AS number, range % 1000 AS key, hash(range) % 97 AS value FROM range(400_000)"


def write(path):
    """Write the table."""
    duckdb.sql(ROWS).write_parquet(path, row_group_size=20_480)


def connect(threads):
    """Open a database with so many threads."""
    return duckdb.connect(config={"threads": threads})


def total(database, path):
    """Sum the table by its key."""
    table = database.read_parquet(path)
    return table.aggregate("key, sum(value * number % 7), max(value)").order("key").fetchall()
