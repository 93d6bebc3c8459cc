"""One more processor needs one folder: that of the documentation, put beside the others in a copy of the package."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE = re.compile(r"^```python (mollie/\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)

TEST = """
import payproof.sandbox
import requests


def test_its_fixture_is_there(mollie_sandbox):
    assert type(mollie_sandbox) is payproof.sandbox.MollieSandbox
    asked = {"amount": {"currency": "EUR", "value": "12.00"}}
    made = requests.post(
        "https://api.mollie.com/v2/payments", json=asked, headers={"Authorization": f"Bearer {mollie_sandbox.api_key}"}
    )
    mollie_sandbox.complete_checkout(made.json()["id"])
    assert len(mollie_sandbox.charges_for()) == 1


def test_several_accounts(make_mollie_sandbox):
    assert make_mollie_sandbox().api_key != make_mollie_sandbox().api_key
"""


def test_a_folder_makes_a_processor(tmp_path: pathlib.Path) -> None:
    package = tmp_path / "src" / "payproof"
    shutil.copytree(ROOT / "src" / "payproof", package, ignore=shutil.ignore_patterns("__pycache__"))
    files = FILE.findall((ROOT / "docs" / "adding-a-processor.md").read_text("utf-8"))
    assert len(files) == 5
    for name, text in files:
        path = package / "sandbox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "test_mollie.py").write_text(TEST)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    environment["PYTHONPATH"] = str(tmp_path / "src")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mollie.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
