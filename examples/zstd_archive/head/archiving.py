"""Compresses an archive, on the threads of the library."""

import zstandard

ARCHIVE = " ".join(map(str, range(1_200_000))).encode()


def compress(threads):
    """Compress all of it, and return its length."""
    compressor = zstandard.ZstdCompressor(level=1, threads=threads)
    parts = (ARCHIVE[start : start + 65_536] for start in range(0, len(ARCHIVE), 65_536))
    return sum(len(compressor.compress(part)) for part in parts)
