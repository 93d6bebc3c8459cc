"""A file whose functions are read one by one says the same as one that is read whole."""

import dataclasses
import json
import pathlib
import textwrap

import pytest

from payproof.model import Unread
from payproof.scan import bodies, facts, outline, source
from payproof.scan.lower import lower
from payproof.scan.positions import Lines

HERE = pathlib.Path(__file__).parents[2]
FILES = sorted([*HERE.glob("src/payproof/scan/**/*.py"), *HERE.glob("fixtures/code/*.py"), *HERE.glob("tests/scan/*.py")])

AWKWARD = '''\
    """One "def in_a_string():" and more."""
    import os
    if os.name == "posix":
        @decorated(
            "over", lines=2
        )
        # a comment between
        async def first(a: int = 1,
                        *rest) -> "str": # and one here

            # a comment ahead of the body
            text = """
    def not_a_function(): pass
    """
            return text + \\
                str(a)
        # a comment at the end

    else:
        def first(): return 1
    class Shop:
        limit = 3
        def one(self): self.x = 1; return self.x
        @property
        def two(self):
            def inner():
                return [é for é in "é"]
            match inner():
                case []:
                    return None
                case _:
                    return self.limit(inner())
    \tdef three(self):
    \t\treturn self.two
        class Inner:
            def four(self):
                try:
                    return 1
                finally:
                    print("é", self.four())
    for name in ():
        def five():
            yield name
    def last():
        raise ValueError from None
'''


def plain(fact: object) -> object:
    """Return encoded facts without what tells how they were read, and without the end columns of what ends in a body left out."""
    data = facts.encode(fact)

    def cleaned(item: object) -> object:
        if isinstance(item, dict):
            kept = {key: cleaned(value) for key, value in item.items() if key != "later"}
            if item[""] in ("Function", "Class", "If", "For", "Try"):
                kept["span"] = item["span"][:3]
            return kept
        return [cleaned(value) for value in item] if isinstance(item, (list, tuple)) else item

    return cleaned(data)


def both(path: str, data: bytes) -> tuple[facts.Module, facts.Module]:
    """Return the facts of a file read whole, and of the same file read by functions."""
    parsed = source.parse(path, data)
    assert isinstance(parsed, source.Source), parsed
    troubles: list[Unread] = []
    made = bodies.read(path, data, troubles.append)
    assert isinstance(made, facts.Module)
    for function in bodies.outermost(made.body):
        assert function.body is function.body
    assert not troubles
    return lower(parsed), made


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_read_by_functions_a_file_says_the_same(path: pathlib.Path) -> None:
    whole, parts = both(path.name, path.read_bytes())
    assert plain(whole) == plain(parts)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_awkward_layouts_say_the_same(end: str) -> None:
    text = textwrap.dedent(AWKWARD).replace("\tdef three", "    def three").replace("\t\treturn", "        return")
    whole, parts = both("shop.py", text.replace("\n", end).encode())
    assert plain(whole) == plain(parts)
    left = [function.name for function in bodies.outermost(parts.body) if function.later is not None]
    assert left == ["first", "two", "three", "four", "five", "last"]


def test_of_code_newer_than_the_running_python_only_the_new_is_placed_by_libcst() -> None:
    text = "def old(a):\n    return a.b(1)\n\n\ndef new():\n    try:\n        work()\n    except A, B:\n        stop(2)\n"
    whole, parts = both("shop.py", text.encode())
    assert plain(whole) == plain(parts)


def test_bodies_are_parsed_when_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = source.parse_text
    monkeypatch.setattr(source, "parse_text", lambda text, *rest: (parsed.append(text), parse(text, *rest))[1])
    made = bodies.read("shop.py", b"def one():\n    return wanted()\n\n\ndef two():\n    return other()\n", pytest.fail)
    assert isinstance(made, facts.Module)
    one, two = bodies.outermost(made.body)
    assert not [text for text in parsed if "wanted" in text or "other" in text]
    assert one.length == 1
    assert one.mentions(["wanted"]) and not one.mentions(["other"])
    assert isinstance(one.body[0], facts.Return)
    assert one.body[0].span == (2, 5, 2, 20)
    assert two.suite is None
    assert not [text for text in parsed if "other" in text]


def test_a_body_left_for_later_survives_json_and_is_read_from_the_text() -> None:
    data = b"@route\ndef one():\n    return wanted()\n"
    made = bodies.read("shop.py", data, pytest.fail)
    again = facts.decode(json.loads(json.dumps(facts.encode(made))))
    (function,) = bodies.outermost(again.body)
    assert function.suite is None
    assert function.mentions(["no text is kept, so it may"])
    with pytest.raises(ValueError, match="the body of one was left for later, without the text to read it from"):
        _ = function.body
    bodies.attach(again, data, pytest.fail)
    assert function.mentions(["@route"]) and not function.mentions(["absent"])
    assert plain(function.body[0]) == plain(lower(source.parse("shop.py", data)).body[0].body[0])


def test_a_mistake_in_one_function_is_the_whole_files() -> None:
    data = b"def one():\n    return 1\n\n\ndef two():\n    return ]\n"
    read = bodies.read("shop.py", data, pytest.fail)
    assert read == source.parse("shop.py", data)
    assert isinstance(read, Unread)


def test_a_body_that_libcst_alone_refuses_is_reported_and_reads_as_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    made = bodies.read("shop.py", b"def one():\n    return 1\n", (troubles := []).append)
    assert isinstance(made, facts.Module)
    monkeypatch.setattr(source, "parse_text", lambda text, line=0: "line 1: no")
    (function,) = bodies.outermost(made.body)
    assert function.body == []
    assert troubles == [Unread("shop.py", "the parser cannot read it (in the function at line 1: line 1: no)")]


def test_a_body_nested_too_deeply_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    made = bodies.read("shop.py", b"def one():\n    return 1\n", (troubles := []).append)
    assert isinstance(made, facts.Module)

    def overrun(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(bodies, "lower_block", overrun)
    (function,) = bodies.outermost(made.body)
    assert function.body == []
    assert troubles == [Unread("shop.py", "is nested too deeply to be analysed")]
    monkeypatch.setattr(bodies, "_outlined", overrun)
    assert bodies.read("shop.py", b"", pytest.fail) == troubles[0]


def test_a_line_that_stands_for_many_ends_where_the_last_of_them_does() -> None:
    lines = Lines(["def f():", " ..."], ["def f():", "    a", "    b  # c"], [(1, 1), (2, 3)])
    assert lines.span(1, 1, 2, 5) == (1, 1, 3, 11)
    assert lines.span(1, 1, 1, 9) == (1, 1, 1, 9)


def test_statements_are_counted_without_their_clauses() -> None:
    text = (
        "def f():\n    if a:\n        b\n    elif c:\n        d\n    else:\n        e\n    @x\n    def g(): ...\n    return 1\n"
    )
    found = source.bounded("shop.py", text.encode())
    assert isinstance(found, source.Bounded)
    (later,) = outline.functions(found.lines, found.logical)
    assert dataclasses.astuple(later)[:5] == (1, 1, 10, 0, 3)
