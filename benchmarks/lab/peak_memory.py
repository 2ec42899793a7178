"""The most memory that this process took, where the system tells."""

import sys


def peak_memory() -> float:
    """Return bytes; 0 on Windows, whose Python has no module for it."""
    peak = 0.0
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - there is none on Windows

        unit = 1 if sys.platform == "darwin" else 1024
        peak = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
    return peak
