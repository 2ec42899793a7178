"""One comment on a pull request, against a server that keeps comments as GitHub does."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlparse

import pytest

from pytest_speedup.__main__ import main
from pytest_speedup.errors import SpeedupError
from pytest_speedup.github import PullRequest, put_comment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARK = "<!-- mark -->"


@dataclass
class Fake:
    """What the server has, and was asked."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refuses: int = 0
    address: str = ""


@pytest.fixture
def fake() -> Iterator[Fake]:
    state = Fake()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlparse(self.path).query)
            page, size = int(query["page"][0]), int(query["per_page"][0])
            self.answer(state.comments[(page - 1) * size : page * size])

        def do_POST(self) -> None:
            comment = {"id": len(state.comments) + 1, "html_url": "new", **self.body()}
            state.comments.append(comment)
            self.answer(comment)

        def do_PATCH(self) -> None:
            number = int(self.path.rpartition("/")[2])
            comment = next(one for one in state.comments if one["id"] == number)
            comment.update(self.body())
            self.answer(comment)

        def body(self) -> dict[str, Any]:
            length = int(self.headers["Content-Length"])
            document: dict[str, Any] = json.loads(self.rfile.read(length))
            return document

        def answer(self, document: object) -> None:
            state.asked.append(f"{self.command} {urlparse(self.path).path}")
            assert self.headers["Authorization"] == "Bearer secret"
            self.send_response(state.refuses or 200)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def pull_request(fake: Fake) -> PullRequest:
    return PullRequest(fake.address, "owner/name", 7, "secret")


def test_the_first_run_writes_a_comment_and_the_next_updates_it(fake: Fake) -> None:
    """However many others there are."""
    fake.comments = [{"id": n, "html_url": "old", "body": f"hello {MARK}"} for n in range(1, 251)]
    assert put_comment(pull_request(fake), f"{MARK}\nfirst", MARK) == "new"
    assert put_comment(pull_request(fake), f"{MARK}\nsecond", MARK) == "new"
    assert [one["body"] for one in fake.comments[250:]] == [f"{MARK}\nsecond"]
    assert fake.asked[-1] == "PATCH /repos/owner/name/issues/comments/251"
    assert fake.asked.count("POST /repos/owner/name/issues/7/comments") == 1


@pytest.mark.parametrize(("code", "hint"), [(403, "pull-requests: write"), (404, "404")])
def test_a_refusal_is_told(fake: Fake, code: int, hint: str) -> None:
    """With what is likely to be missing."""
    fake.refuses = code
    with pytest.raises(SpeedupError, match=hint):
        put_comment(pull_request(fake), MARK, MARK)


def test_a_server_that_is_away_is_told(fake: Fake) -> None:
    """In one line."""
    away = PullRequest("http://127.0.0.1:1", "owner/name", 7, "secret")
    with pytest.raises(SpeedupError, match="GitHub cannot be reached"):
        put_comment(away, MARK, MARK)


@pytest.mark.parametrize(
    ("api", "repository"),
    [("file:///etc", "a/b"), ("https://x", "../../x"), ("https://x", "a/b?c")],
)
def test_other_addresses_are_refused(api: str, repository: str) -> None:
    """A name cannot lead elsewhere."""
    with pytest.raises(SpeedupError):
        PullRequest(api, repository, 7, "secret")


def test_the_command_takes_the_report(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what GitHub sets in a workflow."""
    report = tmp_path / "report.md"
    report.write_text("<!-- pytest-speedup -->\n**GREEN**\n")
    monkeypatch.setenv("GITHUB_API_URL", fake.address)
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/name")
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    assert main(["comment", str(report), "--pull-request=7"]) == 0
    assert capsys.readouterr().out == "new\n"
    assert fake.comments[0]["body"] == report.read_text()


def test_what_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anybody is asked."""
    report = tmp_path / "report.md"
    command = ["comment", str(report), "--pull-request=7", "--repository=owner/name"]
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    for text, said in (
        (None, "cannot be read"),
        ("something else", "is no report of --speedup-report=NAME.md"),
        ("<!-- pytest-speedup -->", "set GITHUB_TOKEN"),
    ):
        if text is not None:
            report.write_text(text)
        assert main(command) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert said in line
