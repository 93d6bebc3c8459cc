"""payproof's pytest plugin: sandbox fixtures, the `payproof` marker, and evidence for the ledger.

pytest imports this module at every start, so it imports nothing but pytest: everything else is loaded by the first marked
test or the first sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from payproof.pytest_plugin.recording import Recorder
    from payproof.sandbox import StripeSandbox

    MakeStripeSandbox = Callable[..., StripeSandbox]

FAILED = pytest.StashKey[bool]()
"""Set on an item whose test has failed already."""

RECORDER: pytest.StashKey[Recorder] = pytest.StashKey()
"""What gathers evidence in this process; set only when marked tests were collected."""

TOLD = pytest.StashKey[list[dict[str, Any]]]()
"""What the processes that ran tests have told for the terminal summary."""

MARKER = (
    "payproof(*controls): the test speaks for these controls of the payment checklist, "
    "if it passes and a sandbox's journal shows that it did what they ask for"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("payproof", "payment controls")
    group.addoption(
        "--payproof-ledger",
        metavar="DIR",
        help="Folder for the evidence of marked tests, instead of the key `ledger` of [tool.payproof].",
    )
    parser.addini(
        "payproof_strict",
        "Whether the sandbox fixtures fail a test that planned what never happened or did what was refused.",
        type="bool",
        default=True,
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    given = config.getoption("payproof_ledger")
    if given is not None:
        if not given.strip():
            raise pytest.UsageError("--payproof-ledger needs a folder")
        # Absolute before pytest-xdist hands it to workers, whose current directory may be another.
        config.option.payproof_ledger = str(config.invocation_params.dir / given)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not any(True for item in items for _ in item.iter_markers("payproof")):
        return
    from payproof.pytest_plugin import markers, recording

    try:
        controls = markers.check(items)
        if not config.option.collectonly:
            config.stash[RECORDER] = recording.start(config, controls)
    except pytest.UsageError as error:
        if not hasattr(config, "workeroutput"):
            raise
        # A process of pytest-xdist that raises here looks like a crash: it runs nothing and lets the controller say why.
        items.clear()
        config.workeroutput["payproof"] = {"usage": str(error)}


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, None]:
    recorder = item.config.stash.get(RECORDER, None)
    if recorder is None:
        yield
        return
    with recorder.watching(item):
        yield


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    outcome = yield
    report: pytest.TestReport = outcome.get_result()
    if report.failed:
        item.stash[FAILED] = True
    recorder = item.config.stash.get(RECORDER, None)
    if recorder is not None:
        recorder.heard(report)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if any("usage" in told for told in config.stash.get(TOLD, [])):
        session.exitstatus = pytest.ExitCode.USAGE_ERROR
    recorder = config.stash.get(RECORDER, None)
    if recorder is None:
        return
    told = recorder.finish()
    if hasattr(config, "workeroutput"):
        config.workeroutput["payproof"] = told
    else:
        config.stash.setdefault(TOLD, []).append(told)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A process of pytest-xdist has ended: keep what it told, or that it told nothing."""
    told = {"lost": node.gateway.id} if error else getattr(node, "workeroutput", {}).get("payproof")
    if told is not None:
        node.config.stash.setdefault(TOLD, []).append(told)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    told = config.stash.get(TOLD, [])
    if not told:
        return
    from payproof.pytest_plugin import summary

    lines = list(summary.lines(told))
    if lines:
        terminalreporter.section("payproof")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture
def make_stripe_sandbox(request: pytest.FixtureRequest) -> Iterator[MakeStripeSandbox]:
    """A function that starts a sandbox of Stripe, one for each account: `make_stripe_sandbox(**options) -> StripeSandbox`.

    Its keywords are those of `StripeSandbox`. All sandboxes are left when the test ends; a strict one fails a test that
    planned a fault that never struck, or that did something a sandbox refuses.
    """
    from payproof.pytest_plugin import boxes

    strict = bool(request.config.getini("payproof_strict"))
    with boxes.Accounts(strict, failed=lambda: request.node.stash.get(FAILED, False)) as accounts:
        yield accounts.make


@pytest.fixture
def stripe_sandbox(make_stripe_sandbox: MakeStripeSandbox) -> StripeSandbox:
    """A stateful stand-in for Stripe, fresh for every test: the official SDK talks to it instead of the network."""
    return make_stripe_sandbox()
