"""How the documentation is built: ``python -m tox -e docs``."""

from __future__ import annotations

from importlib.metadata import version as installed_version

project = "pytest-speedup"
author = "the authors of pytest-speedup"
project_copyright = author
release = installed_version("pytest-speedup")
version = release.partition("+")[0]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
root_doc = "index"
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"pytest-speedup {version}"
copybutton_exclude = ".linenos, .gp"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
highlight_language = "text"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True

# Warnings are errors, and every name in a signature is a link or stands here: the build asks
# nobody else's documentation for theirs.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?:collections\.abc|contextlib|types|typing|typing_extensions)\..*"),
    ("py:.*", r"(?:Any|AbstractContextManager|Callable|Concatenate|Future|Iterable|Iterator|Self)"),
    ("py:.*", r"(?:None|TracebackType|queue\.Empty|[a-z_.]*\.?[FTRP](?:\.args|\.kwargs)?)"),
]

linkcheck_anchors = True
linkcheck_timeout = 20
linkcheck_retries = 2
linkcheck_ignore = [r"http://127\.0\.0\.1.*"]
