"""Which options of known plugins the sides of a comparison get.

A side gets what changes which code runs, or how tests are found and imported. It does not get what
selects, orders, repeats after a failure or reports: the parent chooses tests by their ids. An
option that is not here is unknown, and the run says so.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What sides get of one plugin.

    Attributes:
        passed: options that they get.
        left: options that they do not get; None for all others.
    """

    passed: frozenset[str] = frozenset()
    left: frozenset[str] | None = None

    def knows(self, names: tuple[str, ...]) -> bool:
        """Tell whether the option is in the table."""
        return self.left is None or not (self.passed | self.left).isdisjoint(names)

    def passes(self, names: tuple[str, ...]) -> bool:
        """Tell whether sides get the option."""
        return not self.passed.isdisjoint(names)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


PYTEST_RULE = Rule(
    passed=_names(
        "-c -p -o -W --confcutdir --noconftest --import-mode --pyargs --assert --runxfail"
        " --strict --strict-config --strict-markers --disable-plugin-autoload"
        " --collect-in-virtualenv --keep-duplicates --log-level --log-disable --runpytest"
    ),
    left=_names(
        # which tests, and how many
        "-k -m -x --maxfail --lf --ff --nf --lfnf --sw --sw-skip --sw-reset --deselect --ignore"
        " --ignore-glob --continue-on-collection-errors --doctest-modules --doctest-report"
        " --doctest-glob --doctest-ignore-import-errors --doctest-continue-on-failure"
        # no tests
        " -h -V --co --markers --fixtures --fixtures-per-test --cache-show --cache-clear"
        " --setup-only --setup-show --setup-plan --pdb --pdbcls --trace"
        # where: each side has a place of its own
        " --rootdir --basetemp"
        # what is said
        " -s --capture -v -q --verbosity -r -l --no-showlocals --durations --durations-min"
        " --no-header --no-summary --no-fold-skipped --force-short-summary --disable-warnings"
        " --max-warnings --tb --xfail-tb --show-capture --full-trace --color --code-highlight"
        " --pastebin --junit-xml --junit-prefix --debug --trace-config --lsof"
        " --log-format --log-date-format --log-cli-level --log-cli-format --log-cli-date-format"
        " --log-file --log-file-mode --log-file-level --log-file-format --log-file-date-format"
        " --log-auto-indent"
    ),
)
"""Of pytest's own: :mod:`tests.plugin.test_passing` holds that none of the newest is missing."""

NOTHING = Rule()
"""For plugins none of whose options matter to a side."""

KNOWN = {
    "_pytest": PYTEST_RULE,
    "pytest_speedup": NOTHING,  # their settled values are passed instead
    "pytest_benchmark": Rule(passed=_names("--benchmark-disable-gc")),
    "xdist": NOTHING,
    "pytest_cov": NOTHING,
    "pytest_timeout": NOTHING,
    "pytest_rerunfailures": NOTHING,
    "pytest_split": NOTHING,
    "pytest_order": NOTHING,
    "pytest_forked": NOTHING,
    "xprocess": NOTHING,
    "pytest_randomly": Rule(  # the seed is passed as it was drawn
        passed=_names("--randomly-dont-reset-seed"),
        left=_names("--randomly-seed --randomly-dont-reorganize"),
    ),
    "_hypothesis_pytestplugin": Rule(
        passed=_names("--hypothesis-profile --hypothesis-seed"),
        left=_names("--hypothesis-verbosity --hypothesis-show-statistics --hypothesis-explain"),
    ),
    "anyio": Rule(passed=_names("--anyio-mode"), left=frozenset()),
    "pytest_asyncio": Rule(passed=_names("--asyncio-mode --asyncio-debug"), left=frozenset()),
    "pytest_repeat": Rule(passed=_names("--count --repeat-scope"), left=frozenset()),  # makes ids
    "pytest_socket": Rule(
        passed=_names("--disable-socket --force-enable-socket --allow-hosts --allow-unix-socket"),
        left=frozenset(),
    ),
    "pytest_env": Rule(passed=_names("--envfile"), left=_names("--pytest-env-verbose")),
    "pytest_django": Rule(
        passed=_names(
            "--ds --dc --reuse-db --create-db --no-migrations --migrations --liveserver"
            " --fail-on-template-vars"
        ),
        left=frozenset(),
    ),
    "pytest_postgresql": Rule(
        passed=_names(
            "--postgresql-exec --postgresql-host --postgresql-port"
            " --postgresql-port-search-count --postgresql-user --postgresql-password"
            " --postgresql-options --postgresql-startparams --postgresql-unixsocketdir"
            " --postgresql-dbname --postgresql-maintenance-dbname --postgresql-load"
            " --postgresql-postgres-options --postgresql-drop-test-database"
            " --postgresql-load-autocommit"
        ),
        left=frozenset(),
    ),
}
"""By the top-level package of the plugin."""

ARE_PATHS = _names("-c --confcutdir --envfile")
"""Passed options whose value is a path, whatever it looks like."""

KEPT_PLUGINS = _names("pytest_speedup.plugin benchmark pytest_benchmark capture terminal")
"""Plugins that a side cannot do without: ``-p no:NAME`` of these is not passed."""

OWN_SETTINGS = ("speedup_", "benchmark_", "cache_dir", "log_file")
"""Beginnings of ini settings that are the parent's business, or of the side's own place."""
