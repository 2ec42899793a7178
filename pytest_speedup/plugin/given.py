"""The options of a command line, each with its words and with who registered it.

All that is private to pytest and to argparse is in :func:`_parser_of`, :func:`_options_of` and
:func:`_new_parser`.
"""

from __future__ import annotations

import argparse
import inspect
import os
import shlex
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import pytest

from pytest_speedup.plugin.options import addopts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CONFTEST = "conftest.py"
"""Files of this name are the user's, wherever they are."""

OVERRIDE = "--override-ini"
"""The option that says what a setting of the ini file is to be."""

CHANGING = {
    "add_hookspecs",
    "import_plugin",
    "register",
    "set_blocked",
    "unblock",
    "unregister",
}
"""Methods of a plugin manager that change it."""


@dataclass(frozen=True, slots=True)
class Given:
    """An option that was given.

    Attributes:
        flag: its name as it was written, such as ``-k``.
        names: all names of the option.
        values: its values as they were written.
        takes_rest: whether it takes whatever comes after it.
    """

    flag: str
    names: tuple[str, ...]
    values: tuple[str, ...] = ()
    takes_rest: bool = False

    def words(self) -> tuple[str, ...]:
        """Write it so that nothing that comes after another option can be taken for a part."""
        if len(self.values) != 1:
            return (self.flag, *self.values)
        (value,) = self.values
        if self.flag.startswith("--"):
            return (f"{self.flag}={value}",)
        # A word of its own may not look like an option, or like a file with more words.
        return (f"{self.flag}{value}",) if value[:1] in ("-", "@") else (self.flag, value)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who registered an option.

    Attributes:
        package: the top-level package of the plugin; empty if it is not known.
        file: the file of the plugin; None if it is not known.
        distribution: what was installed to have it.
    """

    package: str
    file: Path | None
    distribution: str

    @property
    def is_conftest(self) -> bool:
        """Whether it is a conftest.py."""
        return self.file is not None and self.file.name == CONFTEST


NOBODY = Owner("", None, "an unknown plugin")
"""The owner of an option that no plugin registers when it is asked again."""


def given_options(config: pytest.Config) -> list[Given]:
    """Tell the options on the command line and in ``PYTEST_ADDOPTS`` apart, as pytest does.

    Those of the ini file are not among them: each side reads its own.

    Args:
        config: pytest's.

    Raises:
        pytest.UsageError: there is a word that belongs to no option.
    """
    return given_in(config, _words_of(config))


def given_paths(config: pytest.Config) -> list[str]:
    """Tell what is no option among the same words: files, folders and node ids.

    Raises:
        pytest.UsageError: there is a word that belongs to no option.
    """
    files: list[str] = _parsed(config, _words_of(config)).files
    return files


def _words_of(config: pytest.Config) -> list[str]:
    return [*shlex.split(addopts_of(config)), *map(os.fspath, config.invocation_params.args)]


def given_in(config: pytest.Config, words: Sequence[str]) -> list[Given]:
    """Tell the options among words apart, as pytest does.

    Args:
        config: pytest's.
        words: of a command line.

    Raises:
        pytest.UsageError: there is a word that belongs to no option.
    """
    found: list[Given] = _parsed(config, words).found
    return found


def _parsed(config: pytest.Config, words: Sequence[str]) -> argparse.Namespace:
    folder = config.invocation_params.dir
    # Files with more words are where pytest found them, wherever this process is by now.
    placed = [f"@{folder / word[1:]}" if word.startswith("@") else word for word in words]
    parser = _parser_of(_options_of(_argparse_of(config)))
    parsed, rest = parser.parse_known_args(placed, argparse.Namespace(found=[], files=[]))
    strange = [word for word in rest if word.startswith("-") and word != "--"]
    if strange and "--" not in words:
        message = f"--speedup-against cannot tell to which option {strange[0]} belongs"
        raise pytest.UsageError(message)
    return parsed


def said_names(config: pytest.Config) -> frozenset[str]:
    """Name what who calls pytest says: all names of options, and settings that are overridden.

    Raises:
        pytest.UsageError: there is a word that belongs to no option.
    """
    given = given_options(config)
    names = {name for one in given for name in one.names}
    overridden = [one.values[0] for one in given if one.values and OVERRIDE in one.names]
    return frozenset([*names, *(one.partition("=")[0].strip() for one in overridden)])


def owners_of(config: pytest.Config, given: Iterable[Given]) -> dict[str, Owner]:
    """Find who registered options, by having plugins register theirs again, on a new parser.

    The first wins, as in pytest. Files conftest.py are loaded last, and so asked only for what
    nobody else registers: their code may do more than registering.

    Args:
        config: pytest's.
        given: the options.

    Returns:
        the owner of each option, by the flag that was given.
    """
    wanted = {option.flag for option in given}
    found: dict[str, Owner] = {}
    for each in config.hook.pytest_addoption.get_hookimpls():  # in the order of registration
        if wanted <= found.keys():
            break
        for flag in _registered(config, each) & wanted:
            found.setdefault(flag, _owner(config, each.plugin, each.function))
    return {flag: found.get(flag, NOBODY) for flag in wanted}


class _Unchanged:
    """A plugin manager for plugins that are asked again: it tells, and changes nothing.

    Many plugins add their hooks where they register options, which works once.
    """

    def __init__(self, manager: pytest.PytestPluginManager) -> None:
        self._manager = manager

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the manager has
        return _do_nothing if name in CHANGING else getattr(self._manager, name)


def _do_nothing(*_args: object, **_kwargs: object) -> None:
    pass


class _Recorded(argparse.Action):
    """Keeps the words of an option instead of what they mean."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse's signature
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        words = (values,) if isinstance(values, str) else tuple(values or ())
        rest = self.nargs == argparse.REMAINDER
        flag = option_string or self.option_strings[0]
        namespace.found.append(Given(flag, tuple(self.option_strings), words, rest))


class _Parser(argparse.ArgumentParser):
    """Tells words apart; they were good enough for pytest."""

    def error(self, message: str) -> NoReturn:
        """Say it as pytest does."""
        text = f"--speedup-against cannot read the command line again: {message}"
        raise pytest.UsageError(text)


def _parser_of(options: Iterable[argparse.Action]) -> _Parser:
    parser = _Parser(add_help=False, allow_abbrev=False, fromfile_prefix_chars="@")
    parser.add_argument("files", nargs="*", default=argparse.SUPPRESS)
    for option in options:
        parser.add_argument(
            *option.option_strings,
            action=_Recorded,
            nargs=option.nargs,
            dest=option.dest,
            default=argparse.SUPPRESS,
        )
    return parser


def _argparse_of(config: pytest.Config) -> argparse.ArgumentParser:
    return _built(config._parser)  # noqa: SLF001 - there is no other way to the options


def _built(parser: pytest.Parser) -> argparse.ArgumentParser:
    """Pytest 8 makes a parser of argparse's each time, and pytest 9 keeps one."""
    make = getattr(parser, "_getparser", None)
    made = cast("Any", parser).optparser if make is None else make()
    return cast("argparse.ArgumentParser", made)


def _options_of(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    actions = parser._actions  # noqa: SLF001 - argparse has no list of them
    return [action for action in actions if action.option_strings]


def _new_parser(config: pytest.Config) -> pytest.Parser:
    return type(config._parser)(_ispytest=True)  # noqa: SLF001 - plugins are asked with one


def _registered(config: pytest.Config, implementation: Any) -> set[str]:  # noqa: ANN401 - pluggy's
    parser = _new_parser(config)
    known = {"parser": parser, "pluginmanager": _Unchanged(config.pluginmanager)}
    with suppress(Exception):  # what it registered until then counts
        implementation.function(*(known[name] for name in implementation.argnames))
    return {name for option in _options_of(_built(parser)) for name in option.option_strings}


def _owner(config: pytest.Config, plugin: object, function: object) -> Owner:
    named = plugin if inspect.ismodule(plugin) else sys.modules.get(type(plugin).__module__)
    name = getattr(named, "__name__", "")
    package = name.partition(".")[0]
    file = getattr(named, "__file__", None) or _file_of(function)
    return Owner(
        package, None if file is None else Path(file), _distribution(config, plugin, package)
    )


def _file_of(function: object) -> str | None:
    with suppress(TypeError):
        return inspect.getfile(cast("Any", function))
    return None


def _distribution(config: pytest.Config, plugin: object, package: str) -> str:
    for each, distribution in config.pluginmanager.list_plugin_distinfo():
        if each is plugin:
            return distribution.project_name
    return package


def distribution_of(owner: Owner) -> str:
    """Name what was installed, for a message."""
    if owner.distribution != owner.package or not owner.package:
        return owner.distribution
    names = metadata.packages_distributions().get(owner.package, [owner.package])
    return names[0]
