"""The comment on a pull request.

Only the standard library is needed, so that the actions run it from their own commit.
"""

from pytest_speedup.github.api import Repository
from pytest_speedup.github.command import add_comment
from pytest_speedup.github.comment import put_comment
from pytest_speedup.github.documented import as_documented
from pytest_speedup.github.event import read_event
from pytest_speedup.github.pull_request import PullRequest

__all__ = [
    "PullRequest",
    "Repository",
    "add_comment",
    "as_documented",
    "put_comment",
    "read_event",
]
