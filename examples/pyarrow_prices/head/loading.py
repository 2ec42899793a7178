"""Loads tables of prices."""

import numpy as np
import pyarrow as pa
from pyarrow import csv


def write():
    """Stand for a file of 35 megabytes."""
    chance = np.random.default_rng(0)
    table = pa.table({name: chance.random(450_000) for name in ("open", "high", "low", "close")})
    file = pa.BufferOutputStream()
    csv.write_csv(table, file)
    return file.getvalue()


def load(file):
    """Load the whole file."""
    return csv.open_csv(pa.BufferReader(file)).read_all()
