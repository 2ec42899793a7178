"""The GIL, which must stay as the run found it.

On a free-threaded build it is switched back on when an extension is imported that does not declare
to do without (https://docs.python.org/3/howto/free-threading-python.html): threads that scaled
until then no longer do, and nothing else says why.
"""

from __future__ import annotations

import pytest

from pytest_speedup.measurement import gil_enabled


def refuse_switched(*, was_on: bool) -> None:
    """Fail a cell in which the GIL was switched on.

    Args:
        was_on: whether it was on when the run began.
    """
    if was_on or not gil_enabled():
        return
    pytest.fail(
        "the GIL was off when the run began, and is on now: an extension module was imported that "
        "does not support free threading (run with -W always to see which); import it before the "
        "run begins, or set PYTHON_GIL=0 to keep it off",
        pytrace=False,
    )
