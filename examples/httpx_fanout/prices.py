"""Asks a service for many prices at once."""

from functools import cache

import httpx


@cache
def client():
    """Keep connections, and what they need, for as long as the process lives."""
    return httpx.Client()


def price(url):
    """Ask for one price."""
    return client().get(url).json()


def prices(executor, service, names):
    """Ask for all of them."""
    return list(executor.map(price, [service.copy_with(path=f"/{name}") for name in names]))
