"""A real server in a process of its own, as a user starts it."""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import os
import pathlib
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

TOKEN = "the-administrators"
KEY = "sk_" + "test_payproofserver"


@dataclasses.dataclass
class Server:
    process: subprocess.Popen[str]
    address: str
    page: str
    said: list[str]

    def admin(self, method: str, path: str, body: Any = None, token: str = TOKEN) -> requests.Response:
        return requests.request(
            method, f"{self.address}/_payproof/api{path}", json=body, headers={"X-Payproof-Token": token}, timeout=20
        )

    def account(self, key: str = KEY) -> str:
        """Return the id of a key's account."""
        headers = {"X-Payproof-Token": TOKEN, "Authorization": f"Bearer {key}"}
        found: str = requests.get(f"{self.address}/_payproof/api/account", headers=headers, timeout=20).json()["id"]
        return found

    def kill(self) -> None:
        """End the process as a crash would."""
        self.process.kill()
        self.process.wait(20)


Start = Callable[..., Server]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start servers with command-line options; they are ended with the test."""
    with starting() as begin:
        yield begin


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    """One server for tests that only ask, or bring a key of their own."""
    with starting() as begin:
        yield begin()


@contextlib.contextmanager
def starting() -> Iterator[Start]:
    with contextlib.ExitStack() as stack:

        def begin(*options: str) -> Server:
            process = subprocess.Popen(
                [sys.executable, "-u", "-m", "payproof", "sandbox", "--token", TOKEN, *options],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env={name: value for name, value in os.environ.items() if name != "FORCE_COLOR"},
            )
            stack.callback(process.wait, 20)
            stack.callback(process.kill)
            said: list[str] = []
            assert process.stdout is not None
            for line in process.stdout:
                said.append(line)
                if line.startswith("administrator:"):
                    address = re.search(r"http://\S+", said[0])
                    assert address is not None
                    return Server(process, address.group(), line.split()[-1], said)
            raise AssertionError("".join(said))

        yield begin


@dataclasses.dataclass
class Shop:
    """A webhook endpoint of an application: what it got, and what it answers."""

    url: str
    got: list[tuple[bytes, dict[str, str]]]
    answers: list[int]
    seen: threading.Semaphore

    def wait(self) -> tuple[bytes, dict[str, str]]:
        assert self.seen.acquire(timeout=20), "no webhook came"
        return self.got[-1]


@pytest.fixture
def shop() -> Iterator[Shop]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.got.append((self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers)))
            self.send_response(made.answers.pop(0) if made.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            made.seen.release()

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Shop(f"http://127.0.0.1:{server.server_port}/webhook", [], [], threading.Semaphore(0))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join(20)


@pytest.fixture
def state(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "state.db"
