"""What GitHub is asked to show."""

from pytest_speedup.github.comment import PullRequest, put_comment

__all__ = ["PullRequest", "put_comment"]
