"""Packs logs before they are put away."""

import random

import zstandard


def load():
    """Stand for a log of 26 megabytes."""
    chance = random.Random(0)
    words = [bytes(chance.choices(b"abcdefghijkl", k=chance.randint(2, 9))) for _ in range(5000)]
    return b" ".join(chance.choices(words, k=4_000_000))


def pack(threads, log):
    """Compress a log, on so many threads."""
    settings = zstandard.ZstdCompressionParameters.from_level(1, threads=threads)
    return zstandard.ZstdCompressor(compression_params=settings).compress(log)
