"""Smooths a signal in parallel, step by step."""

import time

from joblib import Parallel, delayed

BACKENDS = {"serial": "sequential", "thread": "threading", "process": "multiprocessing"}


def smooth(chunk):
    """Stand for a filter that waits for a device."""
    time.sleep(0.01)
    return [(left + right) / 2 for left, right in zip(chunk, chunk[1:] + chunk[:1], strict=True)]


def smooth_all(executor, chunks, steps):
    """Smooth each chunk so many times; between the steps all of them are needed."""
    with Parallel(n_jobs=executor.workers, backend=BACKENDS[executor.name]) as parallel:
        for _ in range(steps):
            chunks = parallel(delayed(smooth)(chunk) for chunk in chunks)
    return chunks
