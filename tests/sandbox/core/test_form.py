import pytest
from hypothesis import given
from hypothesis import strategies as st

from payproof.sandbox.core import form
from payproof.sandbox.core.form import FormError, decode, decode_body, encode


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("amount=5&currency=eur", {"amount": "5", "currency": "eur"}),
        ("description=", {"description": ""}),
        ("name=A+B%26C", {"name": "A B&C"}),
        ("a[b][c]=1&a[b][d]=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        ("expand[0]=x&expand[1]=y", {"expand": ["x", "y"]}),
        ("expand[1]=y&expand[0]=x", {"expand": ["x", "y"]}),
        ("expand[]=x&expand[]=y", {"expand": ["x", "y"]}),
        (
            "items[0][price]=p&items[0][quantity]=2&items[1][price]=q",
            {"items": [{"price": "p", "quantity": "2"}, {"price": "q"}]},
        ),
        ("items[][price]=p&items[][quantity]=2&items[][price]=q", {"items": [{"price": "p", "quantity": "2"}, {"price": "q"}]}),
        ("metadata[7]=x", {"metadata": {"7": "x"}}),
        ("a%5Bb%5D=1", {"a": {"b": "1"}}),
    ],
)
def test_forms_are_decoded_into_nested_values(text, expected):
    assert decode(text) == expected
    assert decode(text.encode()) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a=1&a=2", "the field 'a' stands twice"),
        ("a[b]=1&a[b]=2", "the field 'a[b]' stands twice"),
        ("a=1&a[b]=2", "the field 'a[b]' stands both as a value and as a group, or as a list and as a group"),
        ("a[b]=2&a=1", "the field 'a' stands both as a value and as a group"),
        ("a[b][c]=2&a[b]=1", "the field 'a[b]' stands both as a value and as a group"),
        ("a[]=1&a[b]=2", "stands both as a value and as a group, or as a list and as a group"),
        ("a[b=1", "the field name 'a[b' has unbalanced or misplaced brackets"),
        ("a]b=1", "the field name 'a]b' has unbalanced or misplaced brackets"),
        ("[b]=1", "the field name '[b]' has unbalanced or misplaced brackets"),
        ("a[b]c=1", "the field name 'a[b]c' has unbalanced or misplaced brackets"),
        ("a" + "[b]" * 30 + "=1", "is nested more than 20 deep"),
        ("a=%ff", "the form is not UTF-8 in percent-encoding"),
        ("a=1&b", "the form cannot be read: a field has no '='"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_by_name(text, message):
    with pytest.raises(FormError, match=r".") as caught:
        decode(text)
    assert message in str(caught.value)


def test_an_unreadable_form_does_not_repeat_its_values():
    with pytest.raises(FormError) as caught:
        decode("4242424242424242")
    assert "4242" not in str(caught.value)


def test_raw_bytes_that_are_no_ascii_are_refused():
    with pytest.raises(FormError, match="not UTF-8"):
        decode("a=é".encode())


def test_encoding_writes_what_processors_read():
    assert (
        encode({"a": {"b": [1, {"c": True}]}, "d": None, "e": False})
        == "a%5Bb%5D%5B0%5D=1&a%5Bb%5D%5B1%5D%5Bc%5D=true&d=&e=false"
    )


names = st.text(st.characters(blacklist_characters="[]", blacklist_categories=["Cs"]), min_size=1, max_size=6).filter(
    lambda name: not name.isdigit()
)
values = st.recursive(
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(names, inner, min_size=1, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(names, values, max_size=4))
def test_what_was_encoded_is_decoded_again(params):
    assert decode(encode(params)) == params


def test_json_bodies():
    assert decode_body("application/json; charset=utf-8", b'{"a": {"b": 1}}') == ({"a": {"b": 1}}, "json")
    with pytest.raises(FormError, match="says it is JSON, but it is not"):
        decode_body("application/json", b"{a")
    with pytest.raises(FormError, match="must be an object, not list"):
        decode_body("application/json", b"[1]")


def test_no_body_and_no_type():
    assert decode_body("application/json", b"") == ({}, "none")
    assert decode_body("", b"a=1") == ({"a": "1"}, "form")
    with pytest.raises(FormError, match="a body of type 'text/xml' cannot be read; send a form, JSON or multipart/form-data"):
        decode_body("text/xml", b"<a/>")


def multipart(*parts):
    return b"".join(b"--XX\r\n" + part + b"\r\n" for part in parts) + b"--XX--\r\n"


def test_multipart_bodies_keep_file_bytes_exactly():
    content = b"\x00\xff\r\n\n--X\rend"
    body = multipart(
        b'Content-Disposition: form-data; name="purpose"\r\n\r\ndispute_evidence',
        b'Content-Disposition: form-data; name="meta[a]"\r\n\r\n1',
        b'Content-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n' + content,
    )
    params, encoding = decode_body("multipart/form-data; boundary=XX", body)
    assert encoding == "multipart"
    assert params["purpose"] == "dispute_evidence"
    assert params["meta"] == {"a": "1"}
    assert params["file"] == {"filename": "a.png", "content_type": "image/png", "content": content}


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        ("multipart/form-data", b"x", "has no boundary in its Content-Type"),
        ("multipart/form-data; boundary=XX", b"--XX\r\n", "does not end with its boundary"),
        ("multipart/form-data; boundary=XX", multipart(b"no headers here"), "a part of the multipart body has no headers"),
        ("multipart/form-data; boundary=XX", multipart(b"Content-Disposition: form-data\r\n\r\nx"), "has no name"),
    ],
)
def test_broken_multipart_bodies_are_refused(kind, body, message):
    with pytest.raises(FormError, match=message):
        decode_body(kind, body)


def test_the_sdks_own_encoder_is_understood():
    stripe_encode = pytest.importorskip("stripe._encode")
    params = {
        "amount": 5,
        "expand": ["a", "b"],
        "metadata": {"order": "x"},
        "items": [{"price": "p"}],
        "confirm": True,
        "email": "",
    }
    from urllib.parse import urlencode

    sent = urlencode(list(stripe_encode._api_encode(params)))
    assert decode(sent) == {**params, "amount": "5", "confirm": "true"}
    assert form.encode(params) == sent
