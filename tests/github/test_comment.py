"""One comment on a pull request, against a server that keeps comments as GitHub does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.github import PullRequest, Repository, put_comment
from pytest_speedup.model import MARK
from tests.github.conftest import ROBOT

if TYPE_CHECKING:
    from tests.github.conftest import Fake


def test_the_first_run_writes_a_comment_and_the_next_updates_it(fake: Fake) -> None:
    """However many others there are."""
    fake.comments = [
        {"id": n, "html_url": "old", "user": {"login": ROBOT}, "body": f"hello {MARK}"}
        for n in range(1, 251)
    ]
    where = PullRequest(fake.repository, 7)
    assert put_comment(where, f"{MARK}\nfirst") == "new"
    assert put_comment(where, f"{MARK}\nsecond") == "new"
    assert [one["body"] for one in fake.comments[250:]] == [f"{MARK}\nsecond"]
    assert fake.asked[-1] == "PATCH /repos/owner/name/issues/comments/251"
    assert fake.asked.count("POST /repos/owner/name/issues/7/comments") == 1


@pytest.mark.parametrize("user", [{"login": "somebody"}, None])
def test_comments_of_others_are_left_alone(fake: Fake, user: dict[str, str] | None) -> None:
    """Whoever quotes the report, or has left GitHub since, keeps what was written."""
    fake.comments = [{"id": 1, "html_url": "theirs", "user": user, "body": f"{MARK}\nmine"}]
    assert put_comment(PullRequest(fake.repository, 7), f"{MARK}\nreport") == "new"
    assert [one["body"] for one in fake.comments] == [f"{MARK}\nmine", f"{MARK}\nreport"]


def test_the_author_may_be_another(fake: Fake) -> None:
    """A token of an app writes in the app's name."""
    fake.comments = [{"id": 1, "html_url": "app", "user": {"login": "app[bot]"}, "body": MARK}]
    put_comment(PullRequest(fake.repository, 7), f"{MARK}\nreport", author="app[bot]")
    assert [one["body"] for one in fake.comments] == [f"{MARK}\nreport"]


@pytest.mark.parametrize(
    ("body", "said"), [("hello", "begins with"), (f"{MARK}\n" + "x" * 65_536, "65,536")]
)
def test_what_is_no_comment_is_refused_before_github_is_asked(
    fake: Fake, body: str, said: str
) -> None:
    """With what is valid."""
    with pytest.raises(SpeedupError, match=said):
        put_comment(PullRequest(fake.repository, 7), body)
    assert fake.asked == []


@pytest.mark.parametrize(
    ("code", "hint"), [(403, "pull-requests: write"), (404, "404"), (302, "302")]
)
def test_a_refusal_is_told(fake: Fake, code: int, hint: str) -> None:
    """With what is likely to be missing; the token is not taken to another address."""
    fake.refuses = code
    with pytest.raises(SpeedupError, match=hint):
        put_comment(PullRequest(fake.repository, 7), MARK)
    assert len(fake.asked) == 1


def test_a_server_that_is_away_is_told() -> None:
    """In one line."""
    away = Repository("http://127.0.0.1:1", "owner/name", "secret")
    with pytest.raises(SpeedupError, match="GitHub cannot be reached"):
        put_comment(PullRequest(away, 7), MARK)


@pytest.mark.parametrize(
    ("api", "name"),
    [
        ("file:///etc", "a/b"),
        ("https://x", "../../x"),
        ("https://x", "../.."),
        ("https://x", "a/.."),
        ("https://x", "./b"),
        ("https://x", "a/b?c"),
        ("https://x", "a/b\n"),
    ],
)
def test_other_addresses_are_refused(api: str, name: str) -> None:
    """A name cannot lead elsewhere."""
    with pytest.raises(SpeedupError):
        Repository(api, name, "secret")


def test_names_with_dots_are_names() -> None:
    """As there are on GitHub."""
    assert Repository("https://x", "a.b/.github", "secret").name == "a.b/.github"


def test_a_token_is_shown_to_nobody() -> None:
    """Not even where the repository is."""
    assert "secret" not in repr(Repository("https://x", "a/b", "secret"))
