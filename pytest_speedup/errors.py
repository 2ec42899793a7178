"""The errors a user can meet."""


class SpeedupError(Exception):
    """Something the user can put right.

    The message says, in one or two lines, what was given, what is valid and what to do next;
    it is shown without a traceback.
    """


class UnsuitableError(SpeedupError):
    """A workload cannot run on an executor by its nature: such a cell is skipped."""


def first_line(error: BaseException) -> str:
    """Say of another's error what fits into one line: its type, and how its message begins."""
    return f"{type(error).__name__}: {error}".partition("\n")[0]
