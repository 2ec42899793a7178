from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[2]


def test_the_wheel_brings_the_plugin_alone(tmp_path: Path) -> None:
    """No workloads, no benchmarks, no tests in a stranger's environment."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top.partition("-")[0] for top in tops} == {"pytest_speedup"}
    assert {"pytest_speedup/py.typed", "pytest_speedup/plugin/__init__.py"} <= set(names)
