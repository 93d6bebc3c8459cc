"""payproof's pytest plugin: sandbox fixtures, the `payproof` marker, and evidence for the ledger.

pytest imports this module at every start, so it imports nothing but pytest: everything else is loaded by the first marked
test or the first sandbox.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from payproof.pytest_plugin.recording import Recorder
    from payproof.sandbox import ProcessorSandbox

    MakeSandbox = Callable[..., ProcessorSandbox]

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


def _processors() -> list[str]:
    """The folders of `payproof.sandbox` that hold a processor; importing them is left to the first test that asks."""
    return sorted(
        path.parent.name
        for path in (pathlib.Path(__file__).parents[1] / "sandbox").glob("*/sandbox.py")
        if path.parent.name != "core"
    )


def _make_fixture(name: str) -> Any:
    def make_sandbox(request: pytest.FixtureRequest) -> Iterator[MakeSandbox]:
        from payproof.pytest_plugin import boxes

        strict = bool(request.config.getini("payproof_strict"))
        with boxes.Accounts(name, strict, failed=lambda: request.node.stash.get(FAILED, False)) as accounts:
            yield accounts.make

    make_sandbox.__doc__ = f"""A function that starts a sandbox of {name}, one for each account: `make_{name}_sandbox(**options)`.

    Its keywords are those of the sandbox's class. All sandboxes are left when the test ends; a strict one fails a test that
    planned a fault that never struck, or that did something a sandbox refuses.
    """
    return pytest.fixture(name=f"make_{name}_sandbox")(make_sandbox)


def _fixture(name: str) -> Any:
    def sandbox(request: pytest.FixtureRequest) -> ProcessorSandbox:
        make: MakeSandbox = request.getfixturevalue(f"make_{name}_sandbox")
        return make()

    sandbox.__doc__ = (
        f"A stateful stand-in for the processor {name}, fresh for every test: the official SDK talks to it, not to the network."
    )
    return pytest.fixture(name=f"{name}_sandbox")(sandbox)


for _name in _processors():
    # pytest finds fixtures among a plugin's names: `stripe_sandbox` and `make_stripe_sandbox`, and so for each processor.
    globals()[f"make_{_name}_sandbox"] = _make_fixture(_name)
    globals()[f"{_name}_sandbox"] = _fixture(_name)
