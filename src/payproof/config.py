"""The configuration of a project: `[tool.payproof]` in its `pyproject.toml`. An unknown key is an error, never ignored."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from payproof.documents import suggest
from payproof.model import Severity, UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = "pyproject.toml"
TABLE = "tool.payproof"
LEDGER = ".payproof/ledger"


@dataclasses.dataclass(frozen=True, slots=True)
class Config:
    """What a project has set; paths are absolute, those of the file are relative to `root`.

    `select` and `ignore` name rules or categories, `exclude` holds globs of files not to scan, `rules` the folders with rules
    and models of the user's, `maskers` dotted names of functions that are declared to mask, `fail_on` the lowest severity
    that counts as found (None: any), `jobs` how many processes scan (None: as many as fit), `waivers` the waiver file (None:
    where it lies by default), `baseline` the file of known findings (None: where it lies by default), `per_path` globs with the
    rules or categories ignored there, `ledger` the folder of evidence.
    """

    root: pathlib.Path
    ledger: pathlib.Path
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    rules: tuple[pathlib.Path, ...] = ()
    maskers: tuple[str, ...] = ()
    fail_on: Severity | None = None
    jobs: int | None = None
    waivers: pathlib.Path | None = None
    baseline: pathlib.Path | None = None
    per_path: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)


def load(root: pathlib.Path) -> Config:
    """Return the configuration of the project at `root`; defaults when it has no `pyproject.toml` or no table in it.

    Raises `UsageError` that names the file and the key for TOML that cannot be read, an unknown key, a value of the wrong type
    and a value that cannot be meant.
    """
    root = root.absolute()
    table = _table(root / FILE)
    unknown = sorted(set(table) - set(_READERS))
    if unknown:
        raise UsageError(f"{FILE}: unknown key {unknown[0]!r} in [{TABLE}]{suggest(unknown[0], _READERS)}")
    values: dict[str, Any] = {key.replace("-", "_"): _READERS[key](key, value, root) for key, value in table.items()}
    return Config(**{"root": root, "ledger": root / LEDGER, **values})


def _table(path: pathlib.Path) -> Mapping[str, Any]:
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{FILE}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{FILE}: is not UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{FILE}: is not TOML: {error}") from None
    tool = document.get("tool", {})
    table = tool.get("payproof", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise UsageError(f"{FILE}: [{TABLE}] must be a table, got {_kind(table)}")
    return table


def _texts(key: str, value: object, root: pathlib.Path) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _wrong(key, "an array of strings", value)
    for item in value:
        if not isinstance(item, str):
            raise _wrong(key, "an array of strings", item, "an array with ")
        if not item.strip():
            raise UsageError(f"{FILE}: {key!r} in [{TABLE}] holds an empty string")
    return tuple(value)


def _dotted(key: str, value: object, root: pathlib.Path) -> tuple[str, ...]:
    names = _texts(key, value, root)
    for name in names:
        if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", name):
            raise UsageError(f"{FILE}: {key!r} in [{TABLE}]: {name!r} is not a dotted name such as 'shop.logs.mask'")
    return names


def _paths(key: str, value: object, root: pathlib.Path) -> tuple[pathlib.Path, ...]:
    return tuple(root / text for text in _texts(key, value, root))


def _path(key: str, value: object, root: pathlib.Path) -> pathlib.Path:
    if not isinstance(value, str) or not value.strip():
        raise _wrong(key, "a path", value)
    return root / value


def _severity(key: str, value: object, root: pathlib.Path) -> Severity:
    if not isinstance(value, str):
        raise _wrong(key, "a severity", value)
    names = [severity.value for severity in Severity]
    if value not in names:
        raise UsageError(f"{FILE}: {key!r} in [{TABLE}]: {value!r} is not a severity{suggest(value, names)}")
    return Severity(value)


def _count(key: str, value: object, root: pathlib.Path) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(key, "a whole number", value)
    if value < 1:
        raise UsageError(f"{FILE}: {key!r} in [{TABLE}] must be at least 1, got {value}")
    return value


def _ignored_by_glob(key: str, value: object, root: pathlib.Path) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise _wrong(key, "a table", value)
    return {glob: _texts(f"{key}.{glob}", names, root) for glob, names in value.items()}


_READERS: Mapping[str, Callable[[str, object, pathlib.Path], object]] = {
    "select": _texts,
    "ignore": _texts,
    "exclude": _texts,
    "rules": _paths,
    "maskers": _dotted,
    "fail-on": _severity,
    "jobs": _count,
    "waivers": _path,
    "baseline": _path,
    "per-path": _ignored_by_glob,
    "ledger": _path,
}


def _wrong(key: str, expected: str, value: object, prefix: str = "") -> UsageError:
    return UsageError(f"{FILE}: {key!r} in [{TABLE}] must be {expected}, got {prefix}{_kind(value)}")


def _kind(value: object) -> str:
    kinds = {bool: "a boolean", int: "a whole number", float: "a number", str: "a string", list: "an array", dict: "a table"}
    return kinds.get(type(value), "a date or time")
