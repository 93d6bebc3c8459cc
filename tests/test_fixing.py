"""Fixing as a whole: proven on a copy, no byte changed beside the fix, no secret shown, nothing written over other's work."""

from __future__ import annotations

import os
import pathlib
import subprocess

import libcst as cst
import pytest

from payproof import fixing
from payproof.fixing import UNPROVEN, FileFix, propose, replacements, uncommitted
from payproof.model import PayproofError
from payproof.project import Project
from payproof.scan import fixes, rewriting
from payproof.scan.fixes import Fixed, Target

CALL = "stripe.Webhook.construct_event(request.body, request.sig, "
CHECK = f"import stripe\n\n\ndef {{name}}(request, secret):\n    return {CALL}secret, tolerance=0)\n"
RULE = "webhook-tolerance-off"
KEY = "sk_test_" + "MadeUpDefault0f9Q2z"


@pytest.fixture
def project(tmp_path: pathlib.Path) -> Project:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "a.py").write_text(CHECK.format(name="read"))
    return Project.of([tmp_path])


def proposed(project: Project, *select: str) -> fixing.Fixes:
    return propose(project, [project.root], select, cache=False)


class Stub:
    """A module of fixes that does what a test wants to the call it finds."""

    RULES = (RULE,)
    SUMMARY = "whatever"

    def __init__(self, makes) -> None:
        self.makes = makes

    def fix(self, target: Target) -> Fixed:
        return self.makes(target, target.call())


def use(monkeypatch: pytest.MonkeyPatch, makes) -> None:
    for room in (fixes, rewriting):
        monkeypatch.setattr(room, "modules", lambda: {RULE: Stub(makes)})


def test_a_fix_that_does_not_remove_its_finding_is_not_applied(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, lambda target, call: Fixed({call.args[0].value: cst.Name("other")}))
    found = proposed(project)
    assert found.files == ()
    assert [(site.rule, reason) for site, reason in found.left] == [(RULE, UNPROVEN)]


def test_a_fix_that_brings_another_finding_is_not_applied(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    worse = cst.parse_expression("stripe.Webhook.construct_event(request.body, request.sig, os.environ.get('X', ''))")
    use(monkeypatch, lambda target, call: Fixed({call: worse}, ("os",)))
    assert [reason for _, reason in proposed(project).left] == [UNPROVEN]


def test_a_fix_that_makes_a_file_unreadable_is_not_applied(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, lambda target, call: Fixed({call: cst.Comma()}))
    assert [reason for _, reason in proposed(project).left] == [UNPROVEN]


def test_one_bad_fix_does_not_spoil_the_others(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.root / "a.py").write_text(CHECK.format(name="read") + CHECK.format(name="bad").partition("\n\n\n")[2])
    (project.root / "b.py").write_text(CHECK.format(name="bad"))

    def makes(target: Target, call: cst.Call) -> Fixed:
        if target.site.subject == "bad":
            return Fixed({call.args[0].value: cst.Name("other")})
        return Fixed({call: fixes.without(call, call.args[-1])})

    use(monkeypatch, makes)
    found = proposed(project)
    assert [(each.path, [site.subject for site in each.sites]) for each in found.files] == [("a.py", ["read"])]
    assert [(site.place.path, site.subject, reason) for site, reason in found.left] == [
        ("a.py", "bad", UNPROVEN),
        ("b.py", "bad", UNPROVEN),
    ]


def test_imports_are_added_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    better = cst.parse_expression("stripe.Webhook.construct_event(request.body, request.sig, secret, int(hmac.LIMIT))")
    use(monkeypatch, lambda target, call: Fixed({call: better}, ("hmac",)))
    monkeypatch.setattr(fixing._Run, "_holds", lambda self, chosen: True)
    (project.root / "a.py").write_text('"""Doc."""\n' + CHECK.format(name="read"))
    (found,) = proposed(project).files
    assert found.after.decode().startswith('"""Doc."""\nimport hmac\nimport stripe\n') or found.after.decode().startswith(
        '"""Doc."""\nimport stripe\nimport hmac\n'
    )


def test_findings_with_one_cause_are_fixed_together(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.root / "a.py").write_text(
        "import stripe\n\nOFF = 0\n\n\n"
        f"def one(request, secret):\n    return {CALL}secret, tolerance=OFF)\n\n\n"
        f"def two(request, secret):\n    return {CALL}secret, tolerance=OFF)\n"
    )

    def on(target: Target, call: cst.Call) -> Fixed:
        zero = next(node for node in target.parsed.positions if isinstance(node, cst.Integer))
        return Fixed({zero: cst.Integer("300")})

    use(monkeypatch, on)
    found = proposed(project)
    assert [len(each.sites) for each in found.files] == [2]
    assert found.left == ()


def test_fixes_of_the_same_code_wait_for_each_other(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.root / "a.py").write_text(
        f"import stripe\n\nSECRET = ''\n\n\ndef read(request):\n    return {CALL}SECRET, tolerance=0)\n"
    )
    stubs = {
        RULE: Stub(lambda target, call: Fixed({call: fixes.without(call, call.args[-1])})),
        "webhook-secret-default": Stub(lambda target, call: Fixed({call.args[2].value: cst.Name("OTHER")})),
    }
    for room in (fixes, rewriting):
        monkeypatch.setattr(room, "modules", lambda: stubs)
    monkeypatch.setattr(fixing._Run, "_holds", lambda self, chosen: True)
    found = proposed(project)
    assert [[site.rule for site in each.sites] for each in found.files] == [["webhook-secret-default"]]
    assert [(site.rule, reason) for site, reason in found.left] == [
        (RULE, "another fix changes the same code: run `payproof fix` again afterwards")
    ]


@pytest.mark.parametrize(
    "data",
    [
        CHECK.format(name="read").replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + CHECK.format(name="read").encode(),
        ("# coding: latin-1\n# caf\u00e9\n" + CHECK.format(name="read")).encode("latin-1"),
        CHECK.format(name="read").rstrip("\n").encode(),
        CHECK.format(name="read").replace("    ", "\t").encode() + b"\x0c\n# end   \n\n\n",
    ],
)
def test_nothing_but_the_fix_changes(data: bytes, project: Project) -> None:
    (project.root / "a.py").write_bytes(data)
    (found,) = proposed(project).files
    assert found.after == data.replace(b", tolerance=0", b"")


def test_select_narrows_what_is_fixed(project: Project) -> None:
    assert proposed(project, "webhook-replay").files
    assert proposed(project, RULE).files
    assert proposed(project, "idempotency").files == ()


def test_waived_findings_are_left_alone(project: Project) -> None:
    text = CHECK.format(name="read").rstrip() + "  # payproof: ignore[webhook-tolerance-off] ann: replayed on purpose\n"
    (project.root / "a.py").write_text(text)
    found = proposed(project)
    assert (found.files, found.left) == ((), ())


def test_a_diff_never_shows_a_secret(project: Project) -> None:
    other = "whsec_" + "MadeUpForTheDocs0f9Q2zK7vLwB3"
    (project.root / "a.py").write_text(f"import os\n\nKEY = os.environ.get('STRIPE_KEY', '{KEY}')\nHOOK = '{other}'\n")
    (found,) = proposed(project).files
    shown = "\n".join(found.diff())
    assert "-KEY = os.environ.get('STRIPE_KEY', '" in shown and "+KEY = os.environ['STRIPE_KEY']" in shown
    assert KEY not in shown and other not in shown
    assert "MadeUp" not in shown


def test_replacements_are_whole_lines_and_hold_no_secret(project: Project) -> None:
    (found,) = proposed(project).files
    (one,) = replacements(found, found.after)
    assert (one.path, one.line, one.lines) == ("a.py", 5, 1)
    assert one.text == "    return stripe.Webhook.construct_event(request.body, request.sig, secret)\n"
    beside = FileFix("a.py", b"x = 1\n", b"", (), ())
    assert replacements(beside, f"x = '{KEY}'\n".encode()) == ()
    assert [(each.line, each.lines) for each in replacements(beside, b"import hmac\nx = 1\n")] == [(1, 0)]


def test_a_file_that_is_gone_by_then_is_left(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fixing.read_whole

    def gone(path: pathlib.Path) -> bytes | None:
        raise OSError(2, "No such file or directory")

    monkeypatch.setattr(fixing, "read_whole", gone)
    assert [reason for _, reason in proposed(project).left] == ["the file cannot be read any more"]
    assert whole(project.root / "a.py")


def test_writing_keeps_the_mode_and_refuses_what_has_changed(project: Project) -> None:
    (found,) = proposed(project).files
    path = project.root / "a.py"
    path.chmod(0o750)
    fixing.write(project.root, found)
    assert path.read_bytes() == found.after
    assert path.stat().st_mode & 0o777 == 0o750
    with pytest.raises(PayproofError, match=r"^a\.py: has changed meanwhile; not written$"):
        fixing.write(project.root, found)
    path.unlink()
    with pytest.raises(PayproofError, match=r"^a\.py: cannot be written: No such file or directory$"):
        fixing.write(project.root, found)


def test_what_is_not_committed_is_known(project: Project) -> None:
    root = project.root
    assert uncommitted(root, ["a.py"]) == set()
    names = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    def git(*arguments: str) -> None:
        environment = {**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull}
        subprocess.run(["git", *arguments], cwd=root, env=environment, check=True, capture_output=True)

    git("init", "-q")
    assert uncommitted(root, ["a.py"]) == {"a.py"}
    (root / "b.py").write_text("")
    git("add", ".")
    git("commit", "-qm", "one")
    assert uncommitted(root, ["a.py", "b.py"]) == set()
    (root / "a.py").write_text("x = 1\n")
    (root / "b.py").write_text("x = 1\n")
    git("add", "b.py")
    assert uncommitted(root, ["a.py", "b.py", "-n.py"]) == {"a.py", "b.py"}
