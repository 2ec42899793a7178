"""Layouts that pip installs: whether both sides of a comparison run their own code in each."""
