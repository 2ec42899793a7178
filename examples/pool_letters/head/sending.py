"""Sends letters from worker processes, each with a connection of its own."""

import time
from multiprocessing import Pool

STATE = {}


def connect(server):
    """Begin a worker."""
    STATE["server"] = server


def send(letter):
    """Stand for a delivery that waits for the server."""
    time.sleep(0.01)
    return letter, STATE["server"]


def open_pool(processes):
    """Start the workers, which are kept for all letters."""
    return Pool(processes, initializer=connect, initargs=("post.example",))


def send_all(pool, letters):
    """Send each letter, in whatever order."""
    return sorted(pool.imap_unordered(send, letters, chunksize=64))
