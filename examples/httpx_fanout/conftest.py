import subprocess
import sys

import httpx
import pytest


@pytest.fixture(scope="session")
def service():
    with subprocess.Popen([sys.executable, "service.py"], stdout=subprocess.PIPE) as process:
        yield httpx.URL(f"http://127.0.0.1:{int(process.stdout.readline())}")
        process.kill()
