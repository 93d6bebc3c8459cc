"""What sort of file a path names, judged by its name alone."""

from __future__ import annotations

import enum
import re


class Kind(enum.Enum):
    """What a file is, as far as a scan cares."""

    PYTHON = "python"
    STUB = "stub"
    CONFIG = "config"
    TEMPLATE = "template"
    TEXT = "text"
    BINARY = "binary"


_SUFFIXES = {
    Kind.PYTHON: "py pyw",
    Kind.STUB: "pyi",
    Kind.CONFIG: "toml cfg ini conf config properties env envrc yaml yml json json5 jsonc plist tf tfvars hcl xml",
    Kind.TEMPLATE: "html htm djhtml jinja jinja2 j2 mako tmpl tpl",
    Kind.BINARY: (
        "pyc pyo pyd so dylib dll exe bin o a lib whl egg zip gz tgz bz2 xz zst 7z rar tar jar war class wasm "
        "png jpg jpeg gif webp avif bmp ico icns tif tiff psd heic pdf doc docx xls xlsx ppt pptx odt ods "
        "mp3 mp4 m4a m4v mov avi mkv webm ogg oga wav flac woff woff2 ttf otf eot mo gmo "
        "db sqlite sqlite3 pickle pkl npy npz h5 parquet pt onnx pb dat keystore jks p12 pfx der"
    ),
}
_KIND_OF = {suffix: kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_CONFIG_NAMES = frozenset({"dockerfile", "procfile", "makefile", "justfile", "pipfile", "vagrantfile", "caddyfile"})

_TEST_FOLDERS = frozenset({"test", "tests", "testing", "testdata", "test_data", "__tests__", "__mocks__", "cypress", "e2e"})
_TEST_STEMS = frozenset({"test", "tests", "testing", "conftest"})
_TEST_NAME = re.compile(r"test_.*\..|.*(?:_tests?|\.test|\.spec)\..|.*\.env\.test")


def kind_of(path: str) -> Kind:
    """Return the kind of the file at `path` (POSIX)."""
    name = path.rsplit("/", 1)[-1].lower()
    if name.startswith((".env", "dockerfile.")) or name in _CONFIG_NAMES:
        return Kind.CONFIG
    _, dot, suffix = name.rpartition(".")
    return _KIND_OF.get(suffix, Kind.TEXT) if dot else Kind.TEXT


def is_python_script(data: bytes) -> bool:
    """Return whether a file without a telling name starts with a Python interpreter line."""
    return data.startswith(b"#!") and b"python" in data.split(b"\n", 1)[0][:200]


def is_test_code(path: str) -> bool:
    """Return whether `path` (POSIX, relative to the project root) follows the test conventions of pytest, Django or JavaScript.

    A folder named like `tests` makes everything beneath it test code, factories and fixtures included.
    """
    *folders, name = path.lower().split("/")
    if not _TEST_FOLDERS.isdisjoint(folders):
        return True
    if name.split(".", 1)[0] in _TEST_STEMS and name != "test":
        return True
    return _TEST_NAME.match(name) is not None
