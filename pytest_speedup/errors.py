"""The errors a user can meet."""


class SpeedupError(Exception):
    """Something the user can put right.

    The message says, in one or two lines, what was given, what is valid and what to do next;
    it is shown without a traceback. Names in it may come from anybody: what is not printable is
    spelled out, and no line of it begins as a CI runner's commands do.
    """

    def __str__(self) -> str:
        """Return the message, harmless wherever it is printed."""
        return "\n".join(map(_harmless, super().__str__().split("\n")))


class UnsuitableError(SpeedupError):
    """A workload cannot run on an executor by its nature: such a cell is skipped."""


class WrongResultError(SpeedupError):
    """A workload returned something else than serial code does."""


def _harmless(line: str) -> str:
    spelled = "".join(one if one.isprintable() else _spelled(one) for one in line)
    return f". {spelled}" if spelled.lstrip().startswith("::") else spelled


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def first_line(error: BaseException) -> str:
    """Say of another's error what fits into one line: its type, and how its message begins."""
    return f"{type(error).__name__}: {error}".partition("\n")[0]
