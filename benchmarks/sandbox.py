"""What the Stripe sandbox costs, beside what else there is: `python benchmarks/sandbox.py`.

Rivals are measured in the same run, in turns, so that ratios hold on a busy machine where times do not. What is not installed
is skipped with the reason.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

import requests
import stripe

from payproof.sandbox import StripeSandbox

KEY = "sk_" + "test_benchmark"
PAYMENT = {
    "amount": 1200,
    "currency": "eur",
    "confirm": True,
    "payment_method": "pm_card_visa",
    "return_url": "https://shop.example/done",
}


class Canned(stripe.HTTPClient):  # type: ignore[misc]
    """Answers at once and always the same, so that what is measured is the SDK alone."""

    name = "canned"

    def __init__(self, body: str) -> None:
        super().__init__()
        self._body = body

    def request(self, method: str, url: str, headers: object, post_data: object = None) -> tuple[str, int, dict[str, str]]:
        return self._body, 200, {"Request-Id": "req_canned"}


def median(act: Callable[[], object], times: int) -> float:
    """Return the median of one call in milliseconds."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begun) * 1_000)
    return statistics.median(taken)


def in_process(times: int) -> Iterator[tuple[str, str]]:
    """A call over the SDK's own cost: the same call with the same answer from a client that does nothing."""
    with StripeSandbox():
        client = stripe.StripeClient(KEY)
        known = client.v1.customers.create({"name": "Jo"}).id
        calls: dict[str, Callable[[stripe.StripeClient], stripe.StripeObject]] = {
            "create a customer": lambda client: client.v1.customers.create({"name": "Jo"}),
            "retrieve a customer": lambda client: client.v1.customers.retrieve(known),
            "create and confirm a PaymentIntent": lambda client: client.v1.payment_intents.create(PAYMENT),
        }
        for name, call in calls.items():
            canned = stripe.StripeClient(KEY, http_client=Canned(str(call(client))))
            for warm in (client, canned):
                call(warm)
            ours, sdk = [], []
            for _ in range(times // 20):
                ours.append(median(lambda call=call: call(client), 20))  # type: ignore[misc]
                sdk.append(median(lambda call=call, canned=canned: call(canned), 20))  # type: ignore[misc]
            whole, alone = statistics.median(ours), statistics.median(sdk)
            yield f"in-process, {name}", f"{whole:.2f} ms, of which the SDK {alone:.2f}: {whole - alone:.2f} ms more"


def growth(most: int) -> Iterator[tuple[str, str]]:
    """Whether creating and retrieving stay flat as objects pile up."""
    with StripeSandbox():
        client = stripe.StripeClient(KEY)
        ids: list[str] = []

        def create() -> None:
            ids.append(client.v1.customers.create({"name": "Jo"}).id)

        first: tuple[float, float] | None = None
        size = most // 100
        while size <= most:
            median(create, max(size - len(ids), 1))
            made = median(create, 300)
            found = median(lambda: client.v1.customers.retrieve(ids[len(ids) // 2]), 300)
            first = first or (made, found)
            ratios = f"{made / first[0]:.2f} and {found / first[1]:.2f} times the first"
            yield f"with {size:,} objects", f"create {made:.2f} ms, retrieve {found:.2f} ms ({ratios})"
            size *= 10


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[float]:
    """A server, and the seconds until it answered."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, "HOME": folder}, **quiet)  # type: ignore[call-overload]
        try:
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                if process.poll() is not None or time.perf_counter() - begun > 30:
                    raise SystemExit(f"{command[0]} does not start")
                time.sleep(0.005)
            yield time.perf_counter() - begun
        finally:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def ours(port: int) -> list[str]:
    return [sys.executable, "-m", "payproof", "sandbox", "--port", str(port)]


def start(times: int) -> Iterator[tuple[str, str]]:
    """From the command to the first connection that is taken."""
    taken = []
    for _ in range(times):
        port = free_port()
        with running(ours(port), port) as seconds:
            taken.append(seconds)
    yield "server, until it listens", f"{statistics.median(taken):.2f} s"


def throughput(localstripe: str | None, rounds: int, batch: int) -> Iterator[tuple[str, str]]:
    """Requests a second over one connection that is kept open, creating and retrieving customers."""
    with contextlib.ExitStack() as stack:
        servers = {"payproof sandbox": free_port()}
        stack.enter_context(running(ours(servers["payproof sandbox"]), servers["payproof sandbox"]))
        if localstripe is not None:
            port = servers["localstripe"] = free_port()
            stack.enter_context(running([localstripe, "--port", str(port), "--from-scratch"], port))
        rates: dict[str, list[float]] = {name: [] for name in servers}
        sessions = {name: stack.enter_context(requests.Session()) for name in servers}
        for round_ in range(rounds + 1):
            for name, port in servers.items():
                begun = time.perf_counter()
                for _ in range(batch // 2):
                    made = sessions[name].post(
                        f"http://127.0.0.1:{port}/v1/customers", data={"description": "Jo"}, auth=(KEY, "")
                    )
                    found = sessions[name].get(f"http://127.0.0.1:{port}/v1/customers/{made.json()['id']}", auth=(KEY, ""))
                    found.raise_for_status()
                if round_:  # the first one warms up
                    rates[name].append(batch / (time.perf_counter() - begun))
        medians = {name: statistics.median(found) for name, found in rates.items()}
        for name, rate in medians.items():
            yield f"{name}, requests a second", f"{rate:.0f}"
        if "localstripe" in medians:
            yield "payproof sandbox to localstripe", f"{medians['payproof sandbox'] / medians['localstripe']:.1f} times"
        else:
            yield "localstripe", "skipped: it is not installed; name its command with --localstripe"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--localstripe", default=shutil.which("localstripe"), help="the command of an installed localstripe")
    parser.add_argument("--objects", type=int, default=100_000, help="how many objects pile up (default 100,000)")
    parser.add_argument("--times", type=int, default=400, help="how often each call is made (default 400)")
    asked = parser.parse_args()
    print(f"stripe {stripe.VERSION}, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for rows in (
        in_process(asked.times),
        start(5),
        throughput(asked.localstripe, 8, 100),
        growth(asked.objects),
    ):
        for name, said in rows:
            print(f"{name:52} {said}", flush=True)


if __name__ == "__main__":
    main()
