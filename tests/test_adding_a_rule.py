"""A rule of a known shape is two files: nothing else has to be touched for it to be asked, tried, explained and documented."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
RULE = "telephone-code-printed"

YAML = f"""\
id: {RULE}
title: A verification code is printed at the telephone desk
control: card-data-not-logged
category: sensitive-logging
severity: critical
confidence: high
cwe: [532]
pci: ["3.3.1"]
why: The desk prints to a terminal that many share, and whose output the operating system keeps.
fix: Hand the code to the processor and forget it.
since: 0.1.0
ask:
  shape: flow
  labels: [card-code]
  sinks: [print]
"""

SAMPLE = f"""\
def take_order(cvc):
    print("taking an order")
    print("code", cvc)  # finds: {RULE}, card-data-logged
"""


@pytest.fixture
def source(tmp_path: pathlib.Path) -> pathlib.Path:
    """A copy of this source tree, as a contributor has it."""
    left = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("src", "rules", "fixtures", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left)
    for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "tests" / "scan").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "scan" / "test_samples.py", tmp_path / "tests" / "scan")
    return tmp_path


def files(folder: pathlib.Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_two_files_are_a_rule(source: pathlib.Path) -> None:
    def run(*command: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment |= {"PYTHONPATH": str(source / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, *command], cwd=source, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    assert run("docs/build.py").returncode == 0
    before = files(source)
    assert f"docs/rules/{RULE}.md" not in before

    (source / "rules" / f"{RULE}.yaml").write_text(YAML, "utf-8")
    (source / "fixtures" / "code" / f"{RULE}.py").write_text(SAMPLE, "utf-8")

    tried = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/scan/test_samples.py", "-k", f"{RULE} or every_rule")
    assert tried.returncode == 0, tried.stdout
    assert "2 passed" in tried.stdout
    assert any(line.startswith(f"{RULE}  ") for line in run("-m", "payproof", "rules", "list").stdout.splitlines())
    assert 'print("code", cvc)' in run("-m", "payproof", "explain", RULE).stdout
    shop = source / "shop"
    shop.mkdir()
    (shop / "pyproject.toml").touch()
    (shop / "desk.py").write_text(SAMPLE.partition("  #")[0] + "\n", "utf-8")
    scanned = run("-m", "payproof", "scan", "shop", "--select", RULE)
    assert scanned.returncode == 1
    assert f"desk.py:3:5  critical  {RULE}  in take_order" in scanned.stdout
    shutil.rmtree(shop)

    assert run("docs/build.py").returncode == 0
    after = files(source)
    assert set(after) - set(before) == {f"rules/{RULE}.yaml", f"fixtures/code/{RULE}.py", f"docs/rules/{RULE}.md"}
    written = {name for name in before if before[name] != after.get(name)}
    assert written == {"docs/rules.md", "docs/checklist.md"}, "these are written by `make docs`; nothing else may change"
    page = after[f"docs/rules/{RULE}.md"].decode()
    assert SAMPLE in page and "The desk prints to a terminal" in page
