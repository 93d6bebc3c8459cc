"""Facts say what the code says, stand where it stands, and survive the way to JSON and back."""

import dataclasses
import json
import pathlib
import textwrap

import pytest

from payproof.model import Unread
from payproof.scan import facts, lower
from payproof.scan.facts import decode, encode
from payproof.scan.positions import Lines
from payproof.scan.program import walk
from payproof.scan.source import Source, parse

HERE = pathlib.Path(__file__).parents[2]
FILES = sorted([*HERE.glob("src/payproof/scan/**/*.py"), *HERE.glob("fixtures/code/*.py")])


def source(text: str) -> Source:
    parsed = parse("shop.py", textwrap.dedent(text).encode())
    assert isinstance(parsed, Source), parsed
    return parsed


def facts_of(text: str) -> facts.Module:
    return lower.lower(source(text))


def spans(module: facts.Module, kind: type) -> list[facts.Span]:
    return [node.span for node in walk(module.body) if isinstance(node, kind)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_both_ways_to_positions_agree(path: pathlib.Path) -> None:
    parsed = parse(path.name, path.read_bytes())
    assert isinstance(parsed, Source)
    paired = lower.lower(parsed)
    provided = facts.Module(path.name, lower.lower_block(parsed.module, None, Lines(parsed.lines)))
    for kind in (facts.Call, facts.Attribute, facts.Subscript, facts.Assign, facts.If, facts.Return):
        # The standard library gives what stands inside a formatted string no place of its own before Python 3.12.
        pairs = zip(spans(paired, kind), spans(provided, kind), strict=True)
        assert not [pair for pair in pairs if pair[0][0] != pair[1][0]]


@pytest.mark.parametrize("path", FILES[:12], ids=lambda path: path.name)
def test_facts_survive_json(path: pathlib.Path) -> None:
    parsed = parse(path.name, path.read_bytes())
    assert isinstance(parsed, Source)
    made = encode(lower.lower(parsed))
    assert encode(decode(json.loads(json.dumps(made)))) == made


def test_foreign_data_is_no_fact() -> None:
    with pytest.raises(KeyError):
        decode({"": "Exploit"})


def test_calls_stand_where_they_are_written() -> None:
    module = facts_of("""\
        def f(x):
            return g(
                x,
            ).h()
    """)
    assert spans(module, facts.Call) == [(2, 12, 4, 10), (2, 12, 4, 6)]


def test_columns_count_characters_not_bytes() -> None:
    assert spans(facts_of('x = "käse", f()\n'), facts.Call) == [(1, 13, 1, 16)]


def test_a_secret_does_not_enter_facts() -> None:
    key = "sk_" + "live_" + "a1B2c3D4e5F6g7H8i9J0k1L2"
    made = json.dumps(encode(facts_of(f"key = '{key}'\nnumber = '4242 4242 4242 4242'\n")))
    assert key not in made
    assert "4242 4242 4242 4242" not in made


def test_long_text_is_cut() -> None:
    (literal,) = [node for node in walk(facts_of(f"x = '{'a' * 5000}'\n").body) if isinstance(node, facts.Literal)]
    assert literal.cut
    assert len(str(literal.value)) <= facts.LONGEST_LITERAL


def test_elif_else_and_nested_blocks() -> None:
    module = facts_of("""\
        if a:
            b()
        elif c:
            d()
        else:
            e()
    """)
    (outer,) = module.body
    assert isinstance(outer, facts.If)
    (inner,) = outer.orelse
    assert isinstance(inner, facts.If)
    assert inner.span[0] == 3
    assert len(inner.orelse) == 1


@pytest.mark.parametrize(
    "text",
    [
        "match x:\n    case {'type': 'a' | 'b', **rest} if rest:\n        f(rest)\n    case _:\n        g()\n",
        "async def f():\n    async with a() as b, c():\n        async for d in e():\n            yield await d\n",
        "x = [a(b) for b in c() if d(b) for e in b]\ny = {k: v(k) for k, v in z.items()}\n",
        "f(*a, b=c(), **d)(e)[g():h()].i\n",
        "lambda a, *b, c=d(), **e: f(a)\n",
        "def f(a, /, b: c() = d(), *e, g=h(), **i) -> j(): pass\n",
        "@a.b(c())\nclass D(E(), metaclass=F()):\n    g: H() = i()\n",
        "x = (y := f()) if g() else h()\n",
        "del a[f()], b.c\nassert f(), g()\nraise f() from g()\n",
        "print(f'{a():{b()}} {c()!r}' 'd' f'{e()}')\n",
        "with (a() as b, c() as d):\n    pass\n",
        "try:\n    a()\nexcept* (B(), C()) as d:\n    e()\nelse:\n    f()\nfinally:\n    g()\n",
    ],
)
def test_every_shape_of_syntax_is_aligned(text: str) -> None:
    parsed = source(text)
    if parsed.tree is None:
        pytest.skip("newer syntax than this Python has")
    made = facts.Module("x.py", lower._Lowering(lower.Paired(Lines(parsed.lines))).block(parsed.module.body, parsed.tree.body))
    assert all(span[0] > 0 for span in spans(made, facts.Call))


def test_syntax_that_the_running_python_does_not_know_has_positions_too(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = source("x = f(1)\n")
    newer = dataclasses.replace(parsed, tree=None)
    assert spans(lower.lower(newer), facts.Call) == [(1, 5, 1, 9)]


def test_python_2_is_unread() -> None:
    assert isinstance(parse("old.py", b"print 'two'\n"), Unread)
