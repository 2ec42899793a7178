"""``python benchmarks/lab/pictures.py``: the README's picture of a page, from a real run.

It measures the suite twice, the second time against the first, and takes a photograph of the page
with Chromium or Chrome.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
PICTURE = Path(__file__).parent / "pictures" / "page.png"
BROWSERS = ("chromium", "google-chrome", "chrome")
SIZE = "1200,1300"


def main() -> None:
    """Measure, render and photograph."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"none of {', '.join(BROWSERS)} is here to take the picture; install one")
    with TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        measure(folder, "--benchmark-autosave")
        measure(folder, "--benchmark-compare", "--speedup-fail=10%", f"--speedup-report={page}")
        photograph(browser, page)
    print(f"{PICTURE} is from this run")


def measure(folder: str, *options: str) -> None:
    """Run the suite, and go on whatever it comes to."""
    storage = f"--benchmark-storage=file://{folder}/saved"
    command = [sys.executable, "-m", "pytest", "--benchmark-only", storage, *options]
    subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603 - nothing from elsewhere


def photograph(browser: str, page: Path) -> None:
    PICTURE.parent.mkdir(exist_ok=True)
    command = [
        browser,
        "--headless=new",
        "--no-sandbox",
        "--hide-scrollbars",
        f"--window-size={SIZE}",
        f"--screenshot={PICTURE}",
        page.as_uri(),
    ]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - as above


if __name__ == "__main__":
    main()
