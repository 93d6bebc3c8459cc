"""Start tags of templates, whatever the template language puts between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payproof.scan.markup import tags


def seen(text: str) -> list[tuple[str, dict[str, str]]]:
    return [(tag.name, dict(tag.attributes)) for tag in tags(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<INPUT Name='a b' VALUE=c disabled>", [("input", {"name": "a b", "value": "c", "disabled": ""})]),
        ("<a href=/x/y><br/>", [("a", {"href": "/x/y"}), ("br", {})]),
        ('<script src="{% static "js/a.js" %}"></script>', [("script", {"src": '{% static "js/a.js" %}'})]),
        ('<p {% if a > "<b>" %}class="x"{% endif %} id="y">', [("p", {"class": "x", "id": "y"})]),
        ("<input name={{ form.name }}>", [("input", {"name": "{{ form.name }}"})]),
        ("{# <b> #}<!-- <i> -->{% comment %}<u>{% endcomment %}<%-- <s> --%><em>", [("em", {})]),
        ("a < b, <3, </p>, <", []),
        ("{# never closed <b>", [("b", {})]),
        ("<!-- never closed <b>", []),
        ("<input name=\"never closed>", [("input", {"name": '"never'  , "closed": ""})]),
        ("<title><b></title><i>", [("title", {}), ("i", {})]),
    ],
)  # fmt: skip
def test_tags(text: str, found: list[tuple[str, dict[str, str]]]) -> None:
    assert seen(text) == found


def test_positions_are_those_of_the_file() -> None:
    found = tags("{# a\nb #}\n<form>\n  <input>\n</form><input>")
    assert [(tag.name, tag.line, tag.column) for tag in found] == [("form", 3, 1), ("input", 4, 3), ("input", 5, 8)]
    assert [tag.form is not None for tag in found] == [False, True, False]


def test_a_script_keeps_its_text_and_hides_what_looks_like_tags() -> None:
    (script, after) = tags("<script>if (a<b) x('<input>')</script><p>")
    assert (script.text, after.name) == ("if (a<b) x('<input>')", "p")


PIECES = [
    "<",
    ">",
    "<a ",
    "</",
    "<!--",
    "-->",
    '"',
    "'",
    "=",
    "{%",
    "%}",
    "{{",
    "}}",
    "{#",
    "#}",
    "<script>",
    "</script>",
    "x",
    " ",
    "\n",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_nothing_makes_it_fail_or_leave_the_text(text: str) -> None:
    lines = text.count("\n") + 1
    for tag in tags(text):
        assert 1 <= tag.line <= lines
        assert tag.column >= 1
