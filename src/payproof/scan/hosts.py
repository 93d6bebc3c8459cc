"""Hosts in URLs: which are of this machine or a stand-in, and which are a processor's."""

from __future__ import annotations

import re
from collections.abc import Mapping

_URL = re.compile(r"(?i)\s*(https?:)?//([^/\s\"'?#]*)")
_STAND_IN = re.compile(r"(?i)(?:^|[.-])(?:example|your|my|domain|changeme|placeholder)(?:[.-]|$)|[<>{}%]|ngrok")
_PRIVATE = re.compile(r"(?:127|10)\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|0\.0\.0\.0|169\.254\.|\[")
_LOCAL_ENDS = (".local", ".localhost", ".test", ".internal", ".lan", ".docker", ".svc", ".cluster.local", ".invalid", ".home")


def scheme_and_host(text: str) -> tuple[str, str]:
    """Return scheme ("http", "https", or "" where it is the page's own) and host of a URL; two `""` for other text.

    The host may be `""` as well, where a text that goes on elsewhere ends with the scheme.
    """
    found = _URL.match(text)
    if found is None:
        return "", ""
    host = found[2].rpartition("@")[2]
    if not host.startswith("["):
        host = host.partition(":")[0]
    return (found[1] or "").lower().removesuffix(":"), host.lower()


def is_local(host: str) -> bool:
    """Return whether a host is this machine, a private network, a name without a domain, or a stand-in for a real one."""
    return (
        not host
        or "." not in host
        or host.endswith(_LOCAL_ENDS)
        or _PRIVATE.match(host) is not None
        or _STAND_IN.search(host) is not None
    )


def processor_at(text: str, hosts: Mapping[str, str]) -> str:
    """Return the processor whose API the URL `text` names, by `hosts`, or ""."""
    bare = re.sub(r"(?i)^\s*(?:https?:)?//", "", text).lower()
    for host, processor in hosts.items():
        if bare == host or bare.startswith((f"{host}/", f"{host}:", f"{host}?")):
            return processor
    return ""
