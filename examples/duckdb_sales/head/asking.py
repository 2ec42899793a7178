"""Asks a database about sales."""

from contextlib import contextmanager
from tempfile import TemporaryDirectory

import duckdb


@contextmanager
def connect(threads):
    """Stand for a database that is written at night, and asked on so many threads."""
    with TemporaryDirectory() as folder:
        with duckdb.connect() as night:
            night.execute(f"ATTACH '{folder}/sales.db' AS sales (ROW_GROUP_SIZE 1_048_576)")
            night.execute("CREATE TABLE sales.sold AS SELECT range AS id FROM range(960_000)")
        with duckdb.connect(f"{folder}/sales.db", config={"threads": threads}) as database:
            yield database


def ask(database):
    """Find the greatest digest of a sale."""
    return database.execute("SELECT max(md5(id::VARCHAR)) FROM sold").fetchall()
