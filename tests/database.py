"""A database as pytest-benchmark's storage asks it, in place of Elasticsearch and its client."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ADDRESS = "elasticsearch+http://me:secret@localhost/index/type"

CLIENT = '''
DOCUMENTS = {}

class Indices:
    def create(self, **more):
        """There is nothing to make."""

class Elasticsearch:
    def __init__(self, hosts, serializer):
        self.serializer, self.indices = serializer, Indices()
        if "unreachable" in hosts[0]:
            raise ConnectionError(f"nobody answers at {hosts[0]}")

    def index(self, index, doc_type, body, id):
        if FULL:
            raise OSError("the disk is full")
        DOCUMENTS[id] = self.serializer.loads(self.serializer.dumps(body))

    def search(self, index, doc_type, body):
        query = body["query"]["bool"]
        project = query["filter"]["term"]["commit_info.project"]
        prefix = query.get("must", {}).get("prefix", {}).get("_id", "")
        hits = [
            {"_id": id, "_source": one}
            for id, one in DOCUMENTS.items()
            if id.startswith(prefix) and one["commit_info"]["project"] == project
        ]
        hits.sort(key=lambda hit: hit["_source"]["datetime"], reverse=True)
        return {"hits": {"hits": hits[: body["size"]]}}

FULL = False
'''

SERIALIZER = """
import json

class JSONSerializer:
    def dumps(self, data):
        return json.dumps(data, default=self.default)

    def loads(self, text):
        return json.loads(text)
"""

NAMES = (
    "elasticsearch",
    "elasticsearch.serializer",
    "pytest_benchmark.storage.elasticsearch",
)


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a module
    """Have its client found, and nothing of it afterwards.

    Returns:
        the module: its ``DOCUMENTS`` by id, and ``FULL``, with which nothing can be saved.
    """
    package = folder / "client" / "elasticsearch"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(CLIENT)
    (package / "serializer.py").write_text(SERIALIZER)
    for name in NAMES:
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(package.parent))
    return importlib.import_module("elasticsearch")
