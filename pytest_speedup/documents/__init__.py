"""What is read from outside, whoever wrote it: within bounds, and each field of its kind."""

from pytest_speedup.documents.bounded import load_json, load_toml, read_file

__all__ = ["load_json", "load_toml", "read_file"]
