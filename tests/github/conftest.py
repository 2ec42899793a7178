"""A server that keeps comments as GitHub does, on this machine."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlparse

import pytest

from pytest_speedup.github import Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

ROBOT = "github-actions[bot]"


@dataclass
class Fake:
    """What the server has, and was asked."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refuses: int = 0
    address: str = ""

    @property
    def repository(self) -> Repository:
        """The repository as it is reached here."""
        return Repository(self.address, "owner/name", "secret")


@pytest.fixture
def fake() -> Iterator[Fake]:
    state = Fake()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlparse(self.path)
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            if address.path.endswith("/pulls"):
                self.answer([one for one in state.pulls if is_asked_for(one, query)])
                return
            page, size = int(query["page"]), int(query["per_page"])
            self.answer(state.comments[(page - 1) * size : page * size])

        def do_POST(self) -> None:
            user = {"login": ROBOT}
            number = len(state.comments) + 1
            comment = {"id": number, "html_url": "new", "user": user, **self.body()}
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
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def is_asked_for(pull: dict[str, Any], query: dict[str, str]) -> bool:
    """Whether a pull request has the state and the head that the query names."""
    head = pull["head"]
    return (query["state"], query["head"]) == (pull["state"], head["label"])
