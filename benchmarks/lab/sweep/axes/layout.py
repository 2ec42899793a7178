"""Where code and tests lie."""

from __future__ import annotations

from benchmarks.lab.sweep.value import Value

LAYOUT = (
    Value("flat", code="acme.py"),
    Value("flat, uncommitted", code="acme.py", uncommitted=True),
    Value("a folder of tests", code="acme.py", tests="tests", settings=(("pythonpath", "."),)),
    Value("a package", code="acme/__init__.py", tests="tests", settings=(("pythonpath", "."),)),
    Value(
        "src",
        code="src/acme/__init__.py",
        tests="tests",
        settings=(("pythonpath", "src"),),
    ),
    Value(
        "src, uncommitted",
        code="src/acme.py",
        tests="tests/speed",
        settings=(("pythonpath", "src"),),
        uncommitted=True,
    ),
    Value("a service of many", code="acme.py", service="services/one"),
)
