"""Strangers' projects, and the tests that run them."""
