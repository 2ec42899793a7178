from __future__ import annotations

import errno
import io

import pytest

from pytest_speedup.against.channel import Channel


class Gone(io.BytesIO):
    """A pipe that cannot be written to."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def write(self, _data: object) -> int:
        raise OSError(self.number, "no")


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EINVAL], ids=["POSIX", "Windows"])
def test_an_end_that_is_gone_is_a_broken_pipe(number: int) -> None:
    """Windows calls it an invalid argument."""
    with pytest.raises(BrokenPipeError):
        Channel(io.BytesIO(), Gone(number)).send({})


def test_what_else_goes_wrong_is_told_as_it_is() -> None:
    """Such as a full disk behind it."""
    with pytest.raises(OSError, match="no") as error:
        Channel(io.BytesIO(), Gone(errno.ENOSPC)).send({})
    assert error.value.errno == errno.ENOSPC
