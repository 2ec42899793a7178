"""What GitHub's workflows run, and what GitHub is asked to show.

Only the standard library is needed, so that the actions run it from their own commit.
"""

from pytest_speedup.github.api import Repository
from pytest_speedup.github.command import add_comment
from pytest_speedup.github.comment import put_comment
from pytest_speedup.github.pull_request import PullRequest

__all__ = ["PullRequest", "Repository", "add_comment", "put_comment"]
