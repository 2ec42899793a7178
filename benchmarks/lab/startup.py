"""``python benchmarks/lab/startup.py``: what the plugin adds to a pytest that measures nothing.

An empty project's tests are collected with the plugin and with pytest-benchmark alone, in turns.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

TURNS = 10
"""Of each."""

COLLECTING = (sys.executable, "-m", "pytest", "--collect-only", "-q", "-pno:cacheprovider")
ALONE = ("-pno:pytest_speedup.plugin",)


def main() -> None:
    """Print the medians, and what lies between them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_nothing.py").write_text("def test_nothing():\n    pass\n", "utf-8")
        for options in ((), ALONE):
            seconds_of(folder, *options)  # bytecode is written
        turns = [(seconds_of(folder), seconds_of(folder, *ALONE)) for _ in range(TURNS)]
    plugin, alone = (median(seconds) for seconds in zip(*turns, strict=True))
    print(f"pytest --collect-only, medians of {TURNS} in turns:")
    print(f"pytest-benchmark alone   {alone * 1e3:6.0f} ms")
    print(f"with this plugin, too    {plugin * 1e3:6.0f} ms, {(plugin - alone) * 1e3:+.0f} ms")


def seconds_of(folder: Path, *options: str) -> float:
    """Collect once, and return the seconds that it took."""
    begun = time.perf_counter()
    subprocess.run(  # noqa: S603 - pytest itself
        [*COLLECTING, *options], cwd=folder, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
