"""The configuration: every key is read, and every mistake is named by file, key and remedy."""

from __future__ import annotations

import pathlib

import pytest

from payproof.config import Config, load
from payproof.model import Severity, UsageError


def configured(root: pathlib.Path, text: str) -> Config:
    (root / "pyproject.toml").write_text(text)
    return load(root)


def test_every_key_is_read(tmp_path: pathlib.Path) -> None:
    config = configured(
        tmp_path,
        """
        [project]
        name = "shop"
        [tool.payproof]
        select = ["idempotency"]
        ignore = ["float-amount"]
        exclude = ["vendor/**"]
        rules = ["audit/"]
        maskers = ["shop.logs.mask"]
        fail-on = "high"
        jobs = 2
        waivers = "audit/waivers.yaml"
        ledger = "build/ledger"
        [tool.payproof.per-path]
        "tests/**" = ["hardcoded-secret"]
        """,
    )
    assert config == Config(
        root=tmp_path,
        ledger=tmp_path / "build" / "ledger",
        select=("idempotency",),
        ignore=("float-amount",),
        exclude=("vendor/**",),
        rules=(tmp_path / "audit",),
        maskers=("shop.logs.mask",),
        fail_on=Severity.HIGH,
        jobs=2,
        waivers=tmp_path / "audit" / "waivers.yaml",
        per_path={"tests/**": ("hardcoded-secret",)},
    )


@pytest.mark.parametrize("text", [None, "", "[project]\nname = 'shop'\n", "\ufeff[tool.other]\nx = 1\n", "[tool.payproof]\n"])
def test_without_a_table_there_are_defaults(tmp_path: pathlib.Path, text: str | None) -> None:
    expected = Config(root=tmp_path, ledger=tmp_path / ".payproof" / "ledger")
    assert (load(tmp_path) if text is None else configured(tmp_path, text)) == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("selct = []", "unknown key 'selct' in [tool.payproof]; did you mean 'select'?"),
        ("fail_on = 'high'", "unknown key 'fail_on' in [tool.payproof]; did you mean 'fail-on'?"),
        ("zzz = 1", "unknown key 'zzz' in [tool.payproof]"),
        ("select = 'idempotency'", "'select' in [tool.payproof] must be an array of strings, got a string"),
        ("ignore = [1]", "'ignore' in [tool.payproof] must be an array of strings, got an array with a whole number"),
        ("exclude = ['']", "'exclude' in [tool.payproof] holds an empty string"),
        ("rules = {}", "'rules' in [tool.payproof] must be an array of strings, got a table"),
        ("maskers = ['mask it']", "'maskers' in [tool.payproof]: 'mask it' is not a dotted name such as 'shop.logs.mask'"),
        ("fail-on = 'hihg'", "'fail-on' in [tool.payproof]: 'hihg' is not a severity; did you mean 'high'?"),
        ("fail-on = 1.5", "'fail-on' in [tool.payproof] must be a severity, got a number"),
        ("jobs = 0", "'jobs' in [tool.payproof] must be at least 1, got 0"),
        ("jobs = true", "'jobs' in [tool.payproof] must be a whole number, got a boolean"),
        ("waivers = []", "'waivers' in [tool.payproof] must be a path, got an array"),
        ("ledger = 2026-11-20", "'ledger' in [tool.payproof] must be a path, got a date or time"),
        ("per-path = []", "'per-path' in [tool.payproof] must be a table, got an array"),
        ("per-path = {'tests/**' = 'x'}", "'per-path.tests/**' in [tool.payproof] must be an array of strings, got a string"),
    ],
)
def test_a_mistake_is_named(tmp_path: pathlib.Path, line: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        configured(tmp_path, f"[tool.payproof]\n{line}\n")
    assert str(caught.value).startswith(f"pyproject.toml: {message}")


def test_a_table_must_be_a_table(tmp_path: pathlib.Path) -> None:
    with pytest.raises(UsageError, match=r"^pyproject\.toml: \[tool\.payproof\] must be a table, got a string$"):
        configured(tmp_path, "[tool]\npayproof = 'yes'\n")


def test_a_file_that_is_no_toml_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(UsageError, match=r"^pyproject\.toml: is not TOML: .*line 1"):
        configured(tmp_path, "[tool.payproof\n")


def test_a_file_of_another_encoding_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"# \xff\n")
    with pytest.raises(UsageError, match=r"^pyproject\.toml: is not UTF-8$"):
        load(tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "pyproject.toml").mkdir()
    with pytest.raises(UsageError, match=r"^pyproject\.toml: cannot be read: Is a directory$"):
        load(tmp_path)
