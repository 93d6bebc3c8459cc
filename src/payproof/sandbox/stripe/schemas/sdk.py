"""Finds the installed stripe SDK and reads its source, without importing it.

Everything the schemas know comes from the Python source of the package `stripe` that the application has installed:
`*_service.py` for endpoints, TypedDicts for parameters, resource classes for answers. Importing those modules costs 0.6 s
(stripe 16.1.0); reading the few classes that one request needs costs milliseconds.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import pathlib
import re
import sys

from payproof.model import UsageError
from payproof.sandbox.stripe.schemas.outline import Module

OLDEST = 10
"""The oldest major version of the SDK whose source layout is known here."""

_WITHOUT_SERVICES = ("__pycache__", "params", "events")

_ASSIGNED = r"(?m)^\s*{name}\s*(?::[^=\n]*)?=\s*[\"']([^\"']+)[\"']"


class SdkError(UsageError):
    """The stripe SDK is missing, too old, or its source is not laid out as any known version's."""


class Sdk:
    """One stripe SDK on disk.

    `folder` holds the package, `version` is the SDK's (`"16.1.0"`), `api_version` the API version it sends
    (`"2026-10-28.endive"`). Raises `SdkError` if `folder` holds no SDK that can be read.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.version = self._constant("_version.py", "VERSION")
        major = self.version.split(".")[0]
        if not major.isdigit() or int(major) < OLDEST:
            raise SdkError(f"stripe {self.version} is older than {OLDEST}; the Stripe sandbox needs stripe>={OLDEST}")
        self.api_version = self._constant("_api_version.py", "CURRENT")
        self._modules: dict[str, Module] = {}

    def _constant(self, file: str, name: str) -> str:
        try:
            text = (self.folder / file).read_text("utf-8")
        except OSError:
            raise SdkError(f"the installed stripe package has no {file}; the Stripe sandbox needs stripe>={OLDEST}") from None
        found = re.search(_ASSIGNED.format(name=name), text)
        if found is None:
            raise SdkError(f"the installed stripe package defines no {name} in {file}")
        return found.group(1)

    def module(self, dotted: str) -> Module:
        """Return the source of the module `dotted` (`"stripe._charge"`); raises `SdkError` if there is none."""
        if dotted not in self._modules:
            self._modules[dotted] = Module(dotted, self._path(dotted).read_text("utf-8"), self.module)
        return self._modules[dotted]

    def _path(self, dotted: str) -> pathlib.Path:
        parts = dotted.split(".")
        if parts[0] == "stripe":
            stem = self.folder.joinpath(*parts[1:])
            for path in (stem.with_name(f"{stem.name}.py") if parts[1:] else stem, stem / "__init__.py"):
                if path.is_file():
                    return path
        raise SdkError(f"stripe {self.version} has no module {dotted}")

    def services(self) -> list[str]:
        """Return the modules of all `*_service.py` files, sorted."""
        return self._services_in(self.folder)

    def services_named(self, version: str, word: str) -> list[str]:
        """Return the service modules that are named after `word`, or stand in a folder of that name.

        `"payment_intents"` gives `stripe._payment_intent_service` and its like, `"checkout"` those under `stripe.checkout`.
        """
        parent = self.folder / "v2" if version == "v2" else self.folder
        inside = self._services_in(parent / word) if (parent / word).is_dir() else []
        if inside or version == "v2":
            return inside
        stem = word.removesuffix("s").replace("_", "")
        return sorted(f"stripe.{name[:-3]}" for name in self._top if name.replace("_", "").startswith(stem))

    @functools.cached_property
    def _top(self) -> list[str]:
        return [name for name in os.listdir(self.folder) if name.endswith("_service.py")]  # noqa: PTH208

    def _services_in(self, top: pathlib.Path) -> list[str]:
        found: list[str] = []
        for folder, inner, files in os.walk(top):
            inner[:] = [name for name in inner if name not in _WITHOUT_SERVICES]
            prefix = ".".join(("stripe", *pathlib.Path(folder).relative_to(self.folder).parts))
            found += [f"{prefix}.{name[:-3]}" for name in files if name.endswith("_service.py")]
        return sorted(found)

    def source(self, dotted: str) -> bytes:
        """Return the bytes of the module `dotted`."""
        return self._path(dotted).read_bytes()


@functools.cache
def installed() -> Sdk:
    """Return the stripe SDK that `import stripe` would give, found once per process; raises `SdkError` if there is none."""
    loaded = sys.modules.get("stripe")
    origin = getattr(loaded, "__file__", None)
    if origin is None:
        spec = importlib.util.find_spec("stripe")
        origin = spec.origin if spec else None
    if origin is None:
        raise SdkError("the stripe SDK is not installed; run: pip install 'payproof[stripe]'")
    return Sdk(pathlib.Path(origin).parent)
