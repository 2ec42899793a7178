"""Loads a table, on the threads of the library."""

import io

import pyarrow as pa
from pyarrow import csv

LINES = [f"{number},{number / 7},name-{number % 100}" for number in range(200_000)]
FILE = "\n".join(["number,share,name", *LINES]).encode()


def load():
    """Load the table, and return what it holds."""
    table = csv.read_csv(io.BytesIO(FILE), csv.ReadOptions(block_size=1 << 18))
    return table.num_rows, table.column("number")[-1].as_py()


def set_threads(count):
    """Choose how many threads the library has."""
    pa.set_cpu_count(count)
