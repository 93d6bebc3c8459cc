"""What the guard lets through, the parser survives; what it refuses, it says where and why."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from payproof.scan.guard import Excess, comments, excess

DEEPEST_TREE = 330

# Parses one source text per line of input on a stack of 1 MB, and answers with the depth of the tree, or 0 when it has none.
PARSER = """
import json, sys, threading
import libcst
def depth(node):
    return 1 + max(map(depth, node.children), default=0)
def answer():
    for line in sys.stdin:
        try:
            tree = libcst.parse_module(json.loads(line))
        except Exception:
            print(0, flush=True)
        else:
            print(depth(tree), flush=True)
threading.stack_size(1024 * 1024)
thread = threading.Thread(target=answer)
thread.start()
thread.join()
"""

Depth = Callable[[str], int]


@pytest.fixture(scope="module")
def depth_of() -> Iterator[Depth]:
    """Returns the depth of a text's tree, parsed by libcst in another process, where it can crash."""
    with subprocess.Popen([sys.executable, "-c", PARSER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        incoming, outgoing = process.stdin, process.stdout

        def ask(text: str) -> int:
            incoming.write(json.dumps(text) + "\n")
            incoming.flush()
            told = outgoing.readline()
            assert told, f"the parser crashed on {text!r}"
            return int(told)

        yield ask
        incoming.close()


def blocks(head: str, count: int) -> str:
    return "".join(" " * level + head + ":\n" for level in range(count)) + " " * count + "pass\n"


REPEATED: dict[str, Callable[[int], str]] = {
    "parentheses": lambda n: "x = " + "(" * n + "1" + ")" * n,
    "lists": lambda n: "[" * n + "]" * n,
    "dicts": lambda n: "{1:" * n + "1" + "}" * n,
    "calls": lambda n: "f(" * n + ")" * n,
    "subscripts within": lambda n: "a[" * n + "0" + "]" * n,
    "mixed brackets": lambda n: "[{(" * n + ")}]" * n,
    "comprehensions": lambda n: "[x for x in " * n + "y" + "]" * n,
    "walrus": lambda n: "(a:=" * n + "1" + ")" * n,
    "yield": lambda n: "def f():\n x = " + "(yield " * n + ")" * n,
    "annotations": lambda n: "x: " + "a[" * n + "1" + "]" * n,
    "unclosed": lambda n: "(" * n,
    "attributes": lambda n: "a" + ".b" * n,
    "method calls": lambda n: "a" + ".b()" * n,
    "subscripts": lambda n: "a" + "[0]" * n,
    "sums": lambda n: "1+" * n + "1",
    "powers": lambda n: "2**" * n + "1",
    "and": lambda n: "a and " * n + "a",
    "or after numbers": lambda n: "1or " * n + "1",
    "or after hexadecimals": lambda n: "0xfor " * n + "1",
    "or after binary numbers": lambda n: "0b1or " * n + "1",
    "and after floats": lambda n: "1.e5and " * n + "1",
    "not": lambda n: "not " * n + "a",
    "minus": lambda n: "x = " + "-" * n + "a",
    "lambda": lambda n: "lambda a, b:" * n + "1",
    "conditional": lambda n: "1 if 1 else " * n + "1",
    "comprehension clauses": lambda n: "[x" + " for x, y in z" * n + "]",
    "strings side by side": lambda n: "x = " + '"a" ' * n,
    "strings below one another": lambda n: "x = (\n" + '"a"  # b\n' * n + ")",
    "f-strings within": lambda n: "x = " + 'f"{' * n + "1" + '}"' * n,
    "format specifications": lambda n: 'x = f"' + "{a:" * n + "}" * n + '"',
    "fields": lambda n: 'x = f"' + "{a}" * n + '"',
    "triple f-strings": lambda n: "x = " + "f'''{f\"\"\"{" * n + "1" + "}\"\"\"}'''" * n,
    "elif": lambda n: "if a: pass\n" + "elif b: pass\n" * n,
    "if": lambda n: blocks("if a", n),
    "def": lambda n: blocks("def f()", n),
    "patterns": lambda n: "match a:\n case " + "[" * n + "1" + "]" * n + ": pass\n",
    "tuple patterns": lambda n: "match a:\n case " + "(" * n + "1" + ",)" * n + ": pass\n",
    "class patterns": lambda n: "match a:\n case " + "A(x=" * n + "1" + ")" * n + ": pass\n",
    "patterns after a backslash": lambda n: "match a:\n \\\n case " + "(" * n + "1" + ",)" * n + ": pass\n",
    "del": lambda n: "if a: del " + "(" * n + "a" + ",)" * n,
    "dotted imports": lambda n: "import a" + ".b" * n,
    "continued lines": lambda n: "x = 1" + "+\\\n1" * n,
    "old line ends": lambda n: "if a:\r " + "f(" * n + ")" * n + "\r",
}


def most_let_through(made: Callable[[int], str]) -> int:
    low, high = 0, 300
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if excess(made(middle)) is None else (low, middle - 1)
    return low


@pytest.mark.parametrize("name", REPEATED)
def test_repetition_is_refused_before_it_hurts(name: str, depth_of: Depth) -> None:
    most = most_let_through(REPEATED[name])
    assert 4 <= most < 300
    assert depth_of(REPEATED[name](most)) <= DEEPEST_TREE
    assert excess(REPEATED[name](1_000)) is not None


UNARY = ["not ", "-", "~", "lambda:", "lambda a, b=1:", "await ", "*", "**", "yield ", "f(", "(", "[", "{", "{1:", "a[", "a[1:"]
UNARY += ["(a,", "[a,", "f(x=", 'f"{', "f'{", "x if y else ", "a if ", "(a:=", "a.b.", "a+", "a and ", "1or ", "a<", "a**"]
UNARY += ["[x for x in ", "{**", "(yield ", '"s" ', 'f"{a:{', "(*a,", "A(x=", 'rf"""{', 'b"x" ', "a not in ", "'{' "]
STATEMENTS = ["x = %", "del %", "match a:\n case %: pass", "for a in %: pass", "with % as a: pass", "% = 1", "@%\ndef f(): pass"]
STATEMENTS += [
    "def f(a=%): pass",
    "if %: pass",
    "class A(%): pass",
    "async def f():\n  x = %",
    "a: % = 1",
    "if 1: del %",
    "type A = %",
]
CLOSING = {"(": ")", "[": "]", "{": "}"}


def closing(opening: str) -> str:
    tail = '"""' if opening.endswith('"""{') else opening[-2:-1] if opening.endswith(('"{', "'{")) else ""
    if opening == 'f"{a:{':
        return '}}"'
    opened = [CLOSING[character] for character in opening if character in CLOSING and not opening.startswith("'")]
    return "".join(reversed(opened)) + tail + (" else b" if opening == "a if " else "")


@st.composite
def hostile(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(["1", "a", "'x'"]))
    for opening, count in draw(st.lists(st.tuples(st.sampled_from(UNARY), st.integers(1, 25)), min_size=1, max_size=6)):
        after = draw(st.sampled_from(["", "", ".a", "()", "[0]", " + 1", " and b", ",", " for x in y"]))
        for _ in range(count):
            text = opening + text + closing(opening) + after
    return draw(st.sampled_from(STATEMENTS)).replace("%", text) + "\n"


@given(st.lists(hostile(), min_size=1, max_size=3).map("".join))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_let_through_does_not_crash_the_parser(depth_of: Depth, text: str) -> None:
    assume(excess(text) is None)
    assert depth_of(text) <= DEEPEST_TREE


@given(st.text(alphabet="()[]{}'\"f#\\\n :,.=+elifcase1a", max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_measured(text: str) -> None:
    excess(text)
    comments(text)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("x = 1\ny = " + "(" * 100 + ")" * 100, 2, "nested more than 120 deep in one statement"),
        ("x = 1\ny = (\n" + "z = f(1)\n" * 200, 2, "a bracket is never closed"),
        ("x = 1\ny = 'a\n", 2, "a string does not end"),
        ("x = 1\ny = f'{a}\n", 2, "a string does not end"),
        ('x = """a\n\n', 1, "a string does not end"),
        (blocks("if a", 40), 38, "too many blocks within one another"),
        ("match a:\n case [[[[[[[1]]]]]]]: pass", 2, "more than 6 brackets deep in a case pattern or del"),
        (blocks("if a", 30) + " " * 31 + "x = " + "(" * 50 + ")" * 50, 32, "too many brackets and blocks within one another"),
        ("case (((((1,),),),),)\n" * 10_000, 92, "too much for the parser as a whole"),
    ],
)
def test_refusals_name_line_and_limit(text: str, line: int, reason: str) -> None:
    assert excess(text) == Excess(line, reason)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = '" + "(" * 500 + "'",
        "# " + "(" * 500,
        'x = """' + "[\n" * 500 + '"""',
        "x = r'\\\\' + '" + "(" * 500 + "'",
        "x = f'{a:{b}}" + "{{" * 500 + "'",
        "x = f'{a!r:>{b}}" + "(" * 500 + "'",
        "x = rf'\\{a}" + "(" * 500 + "'",
        "x = f'''\n{a\n+ b}" + "(" * 500 + "'''",
        'x = f\'{d["("]}' + "(" * 500 + "'",
        "x = f\"{x:'>10}\" + '" + "(" * 500 + "'",
        "x = '\\\n" + "(" * 500 + "'",
        "x = [" + "(1, 2), " * 5000 + "]",
        "x = {" + "'a': ['b', {'c': 1}],\n" * 5000 + "}",
        "if a:\n pass\n" * 3000,
        "x = " + "a + " * 100 + "b",
        ")" * 500,
        "print 'a' % b\n",
        "\u0435\u0301 = 1; del \u00e9\n",
        "x = $?!`\x01\n",
    ],
)
def test_harmless_text_is_let_through(text: str) -> None:
    assert excess(text) is None


def test_comments_are_told_from_strings() -> None:
    text = '# one\nx = "# no"  # two\ny = """\n# no\n"""\nf(  # three\n  # four\n)\n\n  # five\nz = f"{a}# no"  # six\n'
    assert comments(text) == {1: "# one", 2: "# two", 6: "# three", 7: "# four", 10: "# five", 11: "# six"}


def test_comments_of_overwhelming_text_are_read() -> None:
    assert comments("x = " + "(" * 1000 + ")" * 1000 + "  # still here\n") == {1: "# still here"}
