"""Asks hosts whether they are there."""

import time
from multiprocessing.pool import ThreadPool


def ping(host):
    """Stand for a question that waits for its answer."""
    time.sleep(0.01)
    return host.islower()


def ping_all(threads, hosts):
    """Ask each host, so many at once."""
    with ThreadPool(threads) as pool:
        return [pool.apply(ping, (host,)) for host in hosts]
