"""Requirement and lock files: which of them there are, and the pins of known SDKs in one of them.

Only names that somebody asks for are looked for, and nothing is evaluated: `setup.py` is searched for texts that are
requirements, lock files line by line, since a TOML parser takes a second for each megabyte of them.
"""

from __future__ import annotations

import configparser
import dataclasses
import json
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from payproof.model import Place

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclasses.dataclass(frozen=True, slots=True)
class Pin:
    """One package in one file; `specifier` is pip's or Poetry's, `""` for any release. `locked` is true in a lock file."""

    name: str
    specifier: str
    place: Place
    locked: bool = False


_REQUIREMENTS = re.compile(r"(?:.*[-_.])?(?:requirements?|constraints?)(?:[-_.].*)?\.(?:txt|in)")
_FOLDERS = frozenset({"requirements", "requirement", "reqs", "deps", "constraints"})
_LOCKS = frozenset({"poetry.lock", "uv.lock", "pdm.lock", "pylock.toml"})
_INCLUDE = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)[\s=]+(\S+)")
_ENTRY = re.compile(r"\s*(name|version)\s*=\s*[\"']([^\"']+)[\"']")
_QUOTED = re.compile(r"[\"']([A-Za-z][\w.-]*(?:\[[\w, -]*\])?\s*(?:[=<>~!][^\"'\n;]*)?)[\"']")


def is_manifest(path: str) -> bool:
    """Return whether a file's name is that of a requirement or lock file."""
    *folders, name = path.lower().split("/")
    if name in _LOCKS or name in _READERS:
        return True
    if name.endswith((".txt", ".in")) and folders and folders[-1] in _FOLDERS:
        return True
    return _REQUIREMENTS.fullmatch(name) is not None


def home_of(path: str) -> str:
    """Return the folder that a requirement or lock file speaks for: its own, or the one above a folder of requirements."""
    folder = path.rpartition("/")[0]
    return folder.rpartition("/")[0] if folder.rsplit("/", 1)[-1].lower() in _FOLDERS else folder


def includes(path: str, data: bytes) -> Iterator[str]:
    """Yield the paths that a requirements file takes in with `-r` or `-c`, relative to the project root."""
    if b"-r" not in data and b"-c" not in data and b"--" not in data:
        return
    folder = path.rpartition("/")[0]
    for line in data.decode("utf-8", "replace").splitlines():
        found = _INCLUDE.match(line)
        if found is not None:
            parts: list[str] = folder.split("/") if folder else []
            for part in found[1].split("/"):
                if part == ".." and parts:
                    parts.pop()
                elif part not in (".", ".."):
                    parts.append(part)
            yield "/".join(parts)


def pins(path: str, data: bytes, wanted: Collection[str]) -> list[Pin]:
    """Return the pins of the packages `wanted` (canonical names). Raises `ValueError` for a file that cannot be read."""
    lowered = data.lower()
    if not any(name.encode() in lowered or name.replace("-", "_").encode() in lowered for name in wanted):
        return []
    text = data.decode("utf-8", "replace")
    name = path.rsplit("/", 1)[-1].lower()
    reader = _lock if name in _LOCKS else _READERS.get(name, _requirements)
    return [pin for pin in reader(path, text) if pin.name in wanted]


def _requirements(path: str, text: str) -> Iterator[Pin]:
    for number, line in enumerate(text.splitlines(), 1):
        written = line.split(" #", 1)[0].split(" --", 1)[0].rstrip(" \\").strip()
        if written and not written.startswith(("#", "-")):
            yield from _requirement(path, written, number)


def _requirement(path: str, written: str, number: int) -> Iterator[Pin]:
    try:
        found = Requirement(written)
    except InvalidRequirement:
        return
    if found.url is None:
        yield Pin(canonicalize_name(found.name), str(found.specifier), Place(path, number))


def _pyproject(path: str, text: str) -> Iterator[Pin]:
    document = tomllib.loads(text)
    project = _table(document, "project")
    tool = _table(document, "tool")
    listed: list[Any] = [project.get("dependencies")]
    listed += _table(project, "optional-dependencies").values()
    listed += _table(document, "dependency-groups").values()
    listed += _table(_table(tool, "pdm"), "dev-dependencies").values()
    listed.append(_table(tool, "uv").get("dev-dependencies"))
    for written in (item for group in listed if isinstance(group, list) for item in group if isinstance(item, str)):
        yield from _requirement(path, written, _line_of(text, written))
    poetry = _table(tool, "poetry")
    groups = [_table(poetry, "dependencies"), _table(poetry, "dev-dependencies")]
    groups += [_table(group, "dependencies") for group in _table(poetry, "group").values() if isinstance(group, Mapping)]
    for group in groups:
        yield from _named(path, text, group)


def _pipfile(path: str, text: str) -> Iterator[Pin]:
    document = tomllib.loads(text)
    for section in ("packages", "dev-packages"):
        yield from _named(path, text, _table(document, section))


def _named(path: str, text: str, group: Mapping[str, Any]) -> Iterator[Pin]:
    for name, value in group.items():
        version = value.get("version", "") if isinstance(value, Mapping) else value
        if isinstance(version, str) and not (isinstance(value, Mapping) and {"git", "path", "url"} & value.keys()):
            yield Pin(canonicalize_name(name), "" if version == "*" else version, Place(path, _line_of(text, name)))


def _pipfile_lock(path: str, text: str) -> Iterator[Pin]:
    document = json.loads(text)
    for section in ("default", "develop"):
        for name, entry in _table(document, section).items():
            if isinstance(entry, Mapping) and isinstance(entry.get("version"), str):
                yield Pin(canonicalize_name(name), entry["version"], Place(path, _line_of(text, f'"{name}"')), True)


def _lock(path: str, text: str) -> Iterator[Pin]:
    name, place = "", Place(path, 1)
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("[["):
            name = ""
            continue
        found = _ENTRY.match(line)
        if found is None or line[:1].isspace():
            continue
        if found[1] == "name":
            name, place = canonicalize_name(found[2]), Place(path, number)
        elif name:
            yield Pin(name, f"=={found[2]}", place, True)
            name = ""


def _setup_cfg(path: str, text: str) -> Iterator[Pin]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(error.message) from None
    lists = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        lists += [value for _, value in parser.items("options.extras_require")]
    for written in (line.strip() for item in lists for line in item.splitlines()):
        if written and not written.startswith("#"):
            yield from _requirement(path, written, _line_of(text, written))


def _setup_py(path: str, text: str) -> Iterator[Pin]:
    for found in _QUOTED.finditer(text):
        # A bare word may be anything; with a specifier it is a requirement.
        if re.search("[=<>~!]", found[1]):
            yield from _requirement(path, found[1], text.count("\n", 0, found.start()) + 1)


def _table(document: Any, key: str) -> Mapping[str, Any]:
    found = document.get(key) if isinstance(document, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _line_of(text: str, written: str) -> int:
    position = text.find(written)
    return text.count("\n", 0, position) + 1 if position >= 0 else 1


_READERS: Mapping[str, Callable[[str, str], Iterator[Pin]]] = {
    "pyproject.toml": _pyproject,
    "pipfile": _pipfile,
    "pipfile.lock": _pipfile_lock,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
}
