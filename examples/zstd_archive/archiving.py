"""Compresses an archive, on the threads of the library."""

import zstandard

ARCHIVE = " ".join(map(str, range(1_200_000))).encode()


def compress(threads):
    """Compress all of it, and return its length."""
    compressor = zstandard.ZstdCompressor(level=1, threads=threads)
    return len(compressor.compress(ARCHIVE))
