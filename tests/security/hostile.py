"""What a pull request may write where a name, a reason or a fact of a machine belongs."""

from __future__ import annotations

from dataclasses import replace

from pytest_speedup.model import CellReport, History, Move, Outcome, RunReport, Verdict
from tests.gate.builders import make_readings, make_saved
from tests.reports.builders import make_cell_report, make_report
from tests.samples import MACHINE

TEXTS = {
    "script": "<script>alert(1)</script>",
    "script's end": "</script><script>alert(1)</script>",
    "comment's end": "--><b>x</b><!--",
    "own mark": "<!-- pytest-speedup -->",
    "attribute": '" onmouseover="alert(1)" x="',
    "single quotes": "' onmouseover='alert(1)' x='",
    "picture": '"><img src=x onerror=alert(1)>',
    "svg": "</text></svg><script>alert(1)</script>",
    "details": "</summary></details></table><h1>GREEN</h1>",
    "entity": "&lt;b&gt; &#60;b&#62; &#64;all",
    "backticks": "`x` ```\n# GREEN\n```",
    "pipes": "a | b || c |",
    "newlines": "a\n\n# GREEN\n| b | c |\r\n- d\r> e",
    "emphasis": "**GREEN** __x__ ~~y~~ *z*",
    "link": "[x](javascript:alert(1)) [y]: http://evil.example [z][y]",
    "markdown picture": "![x](http://evil.example/pixel.png)",
    "autolink": "<http://evil.example> http://evil.example www.evil.example a@evil.example",
    "other scheme": "ftp://evil.example mailto:a@evil.example",
    "mention": "@everybody @org/team #7 GH-7 org/repo#7",
    "command": "::error file=x::y",
    "set-output": "\n::set-output name=x::y\n::stop-commands::z",
    "old command": "##[add-mask]x",
    "escaped command": "%0A::error::x%0D%0A",
    "mermaid": '"]\n    bar [1]\nclick x "javascript:alert(1)"',
    "formula": "$\\href{javascript:alert(1)}{x}$ $$x$$ $`x`$",
    "mathtext": "$x^2$ $\\frac{",
    "template": "{{ 7 * 7 }} {% raw %} {# x #}",
    "format": "%s %(x)s {0} {x!r} %n",
    "escape sequences": "\x1b[31mred\x1b]0;title\x07\x1b[2J\x9b1m",
    "bidi": "\u202egnp.exe\u2066x\u2069\u200f",
    "invisible": "\u200b\u2060\ufeff\u00ad\U000e0041",
    "surrogate": "half \ud800 a character",
    "controls": "".join(map(chr, [*range(32), *range(127, 160)])),
    "separators": "a\u2028b\u2029c\u0085d",
    "emoji": "😀 测试 ä :smile: :+1:",
    "underscore": "_x",
    "long": "x" * 100_000,
    "long and special": "<|`\n" * 25_000,
}


def hostile_cell(text: str, outcome: Outcome = Outcome.REGRESSED) -> CellReport:
    """A cell whose every text is that one."""
    cell = make_cell_report(outcome, name=f"test_{text}", reason=text, acknowledged=None)
    assert cell.cell is not None
    saved = make_saved(make_readings(2.0))
    runs = tuple(
        replace(saved, run=f"000{number}_{text}.json", commit=text, created=text)
        for number in range(4)
    )
    return replace(
        cell,
        cell=replace(
            cell.cell, id=cell.id, workload=f"x.py::test_{text}", executor=text, size=text
        ),
        history=History(runs, (Move(2.0, 1.5, runs[1], runs[2]),), left_out=0),
        stacks=tuple((text, stack) for _, stack in cell.stacks),
        poor=text,
    )


def hostile_report(text: str) -> RunReport:
    """A run whose every text is that one, with a red and an acknowledged cell and a passed one."""
    red = hostile_cell(text)
    verdict = red.verdict
    assert verdict is not None
    report = make_report(
        red,
        replace(red, id=f"{red.id} 2", verdict=replace(verdict, acknowledged=text)),
        hostile_cell(text, Outcome.PASSED),
        complaints=(text,),
    )
    facts = replace(MACHINE, cpu_model=text, python=text, start_method=text)
    return replace(
        report,
        created=text,
        version=text,
        commit=text,
        against=text,
        size=text,
        machine=facts,
    )


def hostile_verdicts(text: str) -> list[Verdict]:
    """Its verdicts."""
    return [cell.verdict for cell in hostile_report(text).cells if cell.verdict is not None]
