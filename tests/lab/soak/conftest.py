"""The soak run takes Linux: its processes are found in /proc."""

from __future__ import annotations

import sys

collect_ignore_glob = [] if sys.platform == "linux" else ["test_*.py"]
