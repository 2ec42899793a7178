"""Saving runs whole or not at all.

pytest-benchmark writes into the final file, after it looked for a free number: a full disk or
Ctrl-C leaves half a file there, and two runs that save at once take the same number.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_benchmark.storage.file import FileStorage
from pytest_benchmark.utils import safe_dumps

from pytest_speedup.plugin.defused import defuse
from pytest_speedup.storage import SaveError, refuse_way_out, write_new, write_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_benchmark.session import BenchmarkSession

    from pytest_speedup.plugin.run import Run


def save_atomically(session: BenchmarkSession, run: Run) -> None:
    """Have pytest-benchmark save through this project's writer; errors are kept in the run.

    What it says of files is harmless in a log from then on.
    """
    defuse(session)
    trees = (session.config.rootpath, session.config.invocation_params.dir)

    def save_run(document: dict[str, Any], name: str) -> None:
        folder = session.storage.get("any").parent
        try:
            refuse_way_out(folder / name, trees)
            path = write_new(folder, f"_{name}.json", _dump(document))
        except SaveError as error:
            run.save_errors.append(str(error))
        except KeyboardInterrupt:
            run.interrupted_save(folder)
        else:
            session.logger.info(f"Saved benchmark data in: {path}")  # noqa: G004 - no logging.Logger

    def save_json(document: dict[str, Any]) -> None:
        try:
            refuse_way_out(Path(session.json), trees)
            write_over(Path(session.json), _dump(document))
        except SaveError as error:
            run.save_errors.append(str(error))
        except KeyboardInterrupt:
            run.interrupted_save(Path(session.json))
        else:
            session.logger.info(f"Wrote benchmark data in: {session.json}")  # noqa: G004 - likewise

    if isinstance(session.storage, FileStorage):
        session.storage.save = save_run
    session.save_json = save_json


@contextmanager
def named_anywhere(session: BenchmarkSession) -> Iterator[None]:
    """Let pytest-benchmark name a storage that is not in the current folder.

    Of a saved run from elsewhere it says where the storage is, relative to that folder.
    """
    try:
        yield
    except ValueError:
        message = f"Benchmark machine_info is different (location: {session.storage})"
        session.logger.warning(message)


def _dump(document: dict[str, Any]) -> bytes:
    text: str = safe_dumps(document, ensure_ascii=True, indent=4)
    return text.encode()
