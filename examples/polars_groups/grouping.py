"""Groups a frame, on the threads of the library."""

import polars as pl

FRAME = pl.DataFrame({"number": range(300_000)}).with_columns(key=pl.col("number") % 1000)


def group():
    """Find the middle of each group."""
    middle = pl.col("number").sort(descending=True).median()
    return FRAME.group_by("key").agg(middle).sort("key").rows()
