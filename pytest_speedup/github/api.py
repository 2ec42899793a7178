"""GitHub's interface, as far as it is needed: JSON asked for, JSON answered.

See https://docs.github.com/en/rest
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pytest_speedup.documents import load_json
from pytest_speedup.errors import SpeedupError

TIMEOUT = 30.0
"""Seconds for one request."""

LONGEST_ANSWER = 32 * 2**20
"""Bytes of an answer: a page of comments is at most a fifth of it."""

UNAUTHORIZED = (401, 403)
HINT = "; does the token have 'pull-requests: write'?"

NAME = re.compile(r"(?!\.{1,2}/)[\w.-]+/(?!\.{1,2}$)[\w.-]+", re.ASCII)
"""Owner and name, neither of which is a step to another folder."""


class _Stay(HTTPRedirectHandler):
    """Follow no one: the token is for the address that was named."""

    def redirect_request(self, *_args: object, **_options: object) -> None:
        """Leave the answer as it is, which makes it an error."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository, by its address.

    Attributes:
        api: address of the interface, such as ``https://api.github.com``.
        name: owner and name.
        token: what may be done there; shown to nobody.
    """

    api: str
    name: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what would be another address.

        Raises:
            SpeedupError: the interface or the repository is none.
        """
        if not self.api.startswith(("https://", "http://")):
            message = (
                f"GitHub's API is at an address such as https://api.github.com; got {self.api!r}"
            )
            raise SpeedupError(message)
        if not NAME.fullmatch(self.name):
            message = f"a repository is OWNER/NAME; got {self.name!r}"
            raise SpeedupError(message)

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 - JSON
        """Ask for what is at a path below the repository.

        Raises:
            SpeedupError: GitHub refused, or cannot be reached.
        """
        return self._ask("GET", f"{path}?{urlencode(query)}")

    def send(self, method: str, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
        """Have something made or changed, and return what it is now.

        Raises:
            SpeedupError: GitHub refused, or cannot be reached.
        """
        return self._ask(method, path, json.dumps(body).encode())

    def _ask(self, method: str, path: str, data: bytes | None = None) -> Any:  # noqa: ANN401 - JSON
        request = Request(  # noqa: S310 - http and https alone, as checked above
            f"{self.api.rstrip('/')}/repos/{self.name}/{path}",
            method=method,
            data=data,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with build_opener(_Stay).open(request, timeout=TIMEOUT) as answer:
                return load_json(answer.read(LONGEST_ANSWER + 1), LONGEST_ANSWER)
        except HTTPError as error:
            error.close()  # it is an answer, too
            hint = HINT if error.code in UNAUTHORIZED else ""
            message = f"GitHub refused the comment: {error.code} {error.reason}{hint}"
            raise SpeedupError(message) from error
        except (URLError, HTTPException, OSError, ValueError) as error:
            message = f"GitHub cannot be reached for the comment: {error}"
            raise SpeedupError(message) from error
