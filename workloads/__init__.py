"""Workloads: what is run. Standard library only; each module runs and imports without pytest."""

from workloads import consumers, counter, downloads, primes

__all__ = ["consumers", "counter", "downloads", "primes"]
