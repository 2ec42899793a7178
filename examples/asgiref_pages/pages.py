"""Pages whose data comes from a blocking driver, which coroutines call in threads."""

import asyncio
import time

from asgiref.sync import sync_to_async


def query(number):
    """Stand for a database or a service behind a blocking driver."""
    time.sleep(0.02)
    return number * number


async def render(number):
    """Render a page as a coroutine does that has blocking code to call."""
    return f"<p>{await sync_to_async(query)(number)}</p>"


def page(number):
    """Render a page from blocking code."""
    return asyncio.run(render(number))
