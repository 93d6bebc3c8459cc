"""A file's name says what it is and whether it is test code."""

from __future__ import annotations

import pytest

from payproof.scan.kinds import Kind, is_python_script, is_test_code, kind_of


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a/b.py", Kind.PYTHON),
        ("a/B.PY", Kind.PYTHON),
        ("a/b.pyi", Kind.STUB),
        (".env", Kind.CONFIG),
        ("deploy/.env.production", Kind.CONFIG),
        ("Dockerfile", Kind.CONFIG),
        ("Dockerfile.web", Kind.CONFIG),
        ("settings.toml", Kind.CONFIG),
        ("app.json", Kind.CONFIG),
        ("pay.html", Kind.TEMPLATE),
        ("mail.j2", Kind.TEMPLATE),
        ("logo.png", Kind.BINARY),
        ("shop.ts", Kind.TEXT),
        ("README", Kind.TEXT),
        ("strange.suffix", Kind.TEXT),
    ],
)
def test_kinds(path: str, kind: Kind) -> None:
    assert kind_of(path) is kind


@pytest.mark.parametrize(
    "path",
    [
        "tests/a.py",
        "shop/tests/factories/cards.py",
        "shop/test_charge.py",
        "shop/charge_test.py",
        "shop/tests.py",
        "conftest.py",
        "config/settings/test.py",
        "web/pay.spec.ts",
        "web/pay.test.js",
        "web/__tests__/pay.js",
        ".env.test",
        ".test.env",
    ],
)
def test_test_code(path: str) -> None:
    assert is_test_code(path)


@pytest.mark.parametrize(
    "path", ["shop/charge.py", "contest.py", "latest/a.py", "test", "attestation.py", "fixtures/cards.py", "testimonial.py"]
)
def test_other_code(path: str) -> None:
    assert not is_test_code(path)


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"#!/usr/bin/env python3\nimport x", True), (b"#!/bin/sh\npython", False), (b"python", False), (b"", False)],
)
def test_scripts_without_a_suffix(data: bytes, expected: bool) -> None:
    assert is_python_script(data) is expected
