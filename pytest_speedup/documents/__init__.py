"""What is read from outside, whoever wrote it: within bounds, and each field of its kind.

``documents.toml`` stands by itself: it needs more than the standard library before Python 3.11.
"""

from pytest_speedup.documents.bounded import MOST_BYTES, load_json, read_file

__all__ = ["MOST_BYTES", "load_json", "read_file"]
