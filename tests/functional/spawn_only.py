"""``sitecustomize`` of a Python that has what Windows has: no fork, no groups, no /proc and /sys.

Copied under that name into a folder of its own; every process of the run finds it there. What the
standard library itself needs on POSIX, such as SIGKILL, stays.
"""

import errno
import multiprocessing
import os
import sys
from multiprocessing import context

ABSENT = ("fork", "forkpty", "killpg", "setsid", "sched_getaffinity", "process_cpu_count")
HIDDEN = ("/proc/", "/sys/")

for name in ABSENT:
    if hasattr(os, name):
        delattr(os, name)

multiprocessing.get_all_start_methods = lambda: ["spawn"]
for name in ("fork", "forkserver"):
    vars(context)["_concrete_contexts"].pop(name, None)
vars(context)["_default_context"] = context.DefaultContext(context.SpawnContext())
multiprocessing.set_start_method("spawn", force=True)


def hide(event: str, arguments: tuple[object, ...]) -> None:
    """Have no file below /proc and /sys."""
    if event not in ("open", "os.listdir", "os.scandir"):
        return
    path = os.fsdecode(arguments[0]) if isinstance(arguments[0], (str, bytes)) else ""
    if path.startswith(HIDDEN):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)


sys.addaudithook(hide)
