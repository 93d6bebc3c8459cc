"""A warm scan equals a cold one, whatever happened to the files in between; and a worker that dies costs no answer."""

import concurrent.futures
import pathlib
import shutil
import tempfile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payproof.scan import models
from payproof.scan.cache import Cache
from payproof.scan.engine import ScanOptions, scan
from payproof.scan.loading import Facts

NAMES = ("web.py", "service.py", "pkg/auditing.py", "pkg/__init__.py")
TEXTS = (
    "import stripe\n\n\ndef pay(order):\n    stripe.Charge.create(amount=order.amount)\n",
    "from pkg.auditing import note\nimport stripe\n\n\ndef pay(card_number):\n    note(card_number)\n",
    "def note(text):\n    print(text)\n",
    "from service import note\n\n\ndef other(cvc):\n    note(cvc)\n",
    "import stripe\n\n\ndef note(text):\n    return len(text)\n",
    "",
    "def (:  # stripe\n",
)
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
        st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just("")),
        st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    ),
    min_size=1,
    max_size=3,
)


def apply(root: pathlib.Path, edit: tuple[str, str, str]) -> None:
    kind, name, other = edit
    path = root / name
    path.parent.mkdir(exist_ok=True)
    if kind == "write":
        path.write_text(other)
    elif kind == "delete":
        path.unlink(missing_ok=True)
    elif path.exists():
        (root / other).parent.mkdir(exist_ok=True)
        path.rename(root / other)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(EDITS)
def test_warm_equals_cold_after_any_edits(edits: list[tuple[str, str, str]]) -> None:
    root = pathlib.Path(tempfile.mkdtemp())
    try:
        (root / "pyproject.toml").write_text("")
        for name, text in zip(NAMES, TEXTS, strict=False):
            apply(root, ("write", name, text))
        scan([root], ScanOptions())
        for edit in edits:
            apply(root, edit)
            assert scan([root], ScanOptions()) == scan([root], ScanOptions(cache=False))
    finally:
        shutil.rmtree(root)


class Fragile(concurrent.futures.Executor):
    """Runs work at once, and loses the worker that is given `doomed`."""

    def __init__(self, doomed: str) -> None:
        self.doomed = doomed

    def submit(self, fn, /, *args, **kwargs):
        future: concurrent.futures.Future = concurrent.futures.Future()
        if args[0] == self.doomed:
            future.set_exception(concurrent.futures.BrokenExecutor("the worker is gone"))
        else:
            future.set_result(fn(*args, **kwargs))
        return future


def test_a_worker_that_dies_costs_nothing_when_its_file_can_be_read_alone(tmp_path: pathlib.Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(TEXTS[0])
    facts = Facts(tmp_path, Cache(tmp_path, "1", enabled=False), models.load().context, {})
    facts.prepare(["a.py", "b.py"], 2, Fragile("b.py"))
    assert [facts.module(name) is not None for name in ("a.py", "b.py")] == [True, True]
    assert not facts.unread


def test_a_warm_scan_parses_nothing(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.py").write_text(TEXTS[0])
    known = models.load()
    cold = Facts(tmp_path, Cache(tmp_path, "1"), known.context, {})
    assert cold.module("a.py") is not None
    cold.keep()
    warm = Facts(tmp_path, Cache(tmp_path, "1"), known.context, {})
    assert warm.module("a.py") is not None
    assert (cold.parsed, warm.parsed) == (1, 0)
