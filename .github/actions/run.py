"""Runs a command of the actions from the commit that they are pinned to.

It needs the standard library alone, and leaves the environment of the user's project as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from speedup_actions.command import main

sys.exit(main())
