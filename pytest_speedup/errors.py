"""The errors a user can meet."""


class SpeedupError(Exception):
    """Something the user can put right.

    The message says, in one or two lines, what was given, what is valid and what to do next;
    it is shown without a traceback.
    """


class UnsuitableError(SpeedupError):
    """A workload cannot run on an executor by its nature: such a cell is skipped."""
