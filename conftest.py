"""Shared fixtures only."""

# A clone in which nothing is installed has no entry point; the name is the entry point's, so
# that pytest registers the plugin once either way.
pytest_plugins = ("pytest_speedup.plugin", "pytester")
