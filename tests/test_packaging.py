"""What is built, what lies in it, and that an installed wheel does what the source tree does."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator

import pytest
import yaml

from payproof import __version__

ROOT = pathlib.Path(__file__).resolve().parents[1]
WHEEL = f"payproof-{__version__}-py3-none-any.whl"
HERE = pathlib.Path(sysconfig.get_path("scripts")) / "payproof"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True, timeout=300, check=True,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def wheel(built: pathlib.Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(built / WHEEL) as file:
        yield file


def tracked(*folders: str) -> list[str]:
    """Return what git keeps below `folders`; in an unpacked sdist, everything there but caches."""
    if (ROOT / ".git").exists():
        told = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return sorted(path for path in told.stdout.split("\0") if path and (ROOT / path).is_file())
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())
    return sorted(path.relative_to(ROOT).as_posix() for path in paths if "__pycache__" not in path.parts)


def inside(path: str) -> str:
    """Return where a file of the repository stands in the wheel."""
    return path.removeprefix("src/") if path.startswith("src/") else f"payproof/data/{path}"


def test_the_wheel_holds_the_package_its_rules_and_fixtures_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    wanted = {inside(path): (ROOT / path).read_bytes() for path in tracked("src/payproof", "rules", "fixtures")}
    found = {name for name in wheel.namelist() if not name.startswith(f"payproof-{__version__}.dist-info/")}
    assert found == set(wanted)
    assert [name for name in sorted(found) if wheel.read(name) != wanted[name]] == []


@pytest.mark.parametrize(
    "name",
    [
        "payproof/py.typed",
        "payproof/report/templates/report.html.j2",
        "payproof/report/templates/report.css",
        "payproof/data/rules/controls.yaml",
        "payproof/data/rules/sieve.yaml",
        "payproof/data/rules/models/stripe.yaml",
        "payproof/data/rules/schema/rule.json",
        "payproof/data/rules/standards/pci-dss.yaml",
        "payproof/data/fixtures/code/webhook-unchecked.py",
        "payproof/data/fixtures/scenarios/declined-generic.yaml",
        "payproof/data/fixtures/shops/flask_leaky/app.py",
        f"payproof-{__version__}.dist-info/licenses/LICENSE",
    ],
)
def test_the_wheel_holds(wheel: zipfile.ZipFile, name: str) -> None:
    assert wheel.read(name) or name.endswith("py.typed")


def test_all_python_in_the_wheel_compiles(wheel: zipfile.ZipFile) -> None:
    modules = [name for name in wheel.namelist() if name.endswith(".py")]
    assert len(modules) > 100
    for name in modules:
        compile(wheel.read(name), name, "exec")


def test_what_the_wheel_says_of_itself(wheel: zipfile.ZipFile) -> None:
    metadata = wheel.read(f"payproof-{__version__}.dist-info/METADATA").decode()
    for line in ("Name: payproof", f"Version: {__version__}", "License-Expression: Apache-2.0", "Requires-Python: >=3.10"):
        assert line in metadata.splitlines()
    for extra in ("demo", "stripe"):
        assert f"Provides-Extra: {extra}" in metadata.splitlines()
    assert "# payproof" in metadata, "the README is the description"
    entry_points = wheel.read(f"payproof-{__version__}.dist-info/entry_points.txt").decode()
    assert "payproof = payproof.cli:main" in entry_points
    assert "[pytest11]\npayproof = payproof.pytest_plugin" in entry_points


def test_the_source_distribution_holds_what_its_commands_need(built: pathlib.Path) -> None:
    prefix = f"payproof-{__version__}/"
    with tarfile.open(built / f"payproof-{__version__}.tar.gz") as file:
        names = {name.removeprefix(prefix) for name in file.getnames() if name.startswith(prefix)}
    assert {"Makefile", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".ci/run"} <= names
    assert set(tracked("src", "rules", "fixtures", "tests", "docs")) <= names


# An installation


@pytest.fixture(scope="module")
def installed(built: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The script folder of a new environment with the wheel in it, and with the packages of this environment behind it."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, with_pip=False, symlinks=True)
    scripts = folder / "bin"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(scripts / "python"), "install", "--quiet", "--disable-pip-version-check",
         "--no-index", "--no-deps", str(built / WHEEL)],
        capture_output=True, timeout=300, check=True,
    )  # fmt: skip
    # Path files are read in site folders only, so that the editable installation of this environment is not seen there.
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "behind.pth").write_text(sysconfig.get_path("purelib"))
    return scripts


def said(*command: object, folder: pathlib.Path, code: int = 0) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == code, done.stderr
    return done.stdout


def test_the_installed_package_is_the_wheels(installed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    code = "from payproof.documents import data_folder; print(data_folder('rules')); print(data_folder('fixtures'))"
    for line in said(installed / "python", "-c", code, folder=tmp_path).splitlines():
        assert line.startswith(str(installed.parent))
    assert said(installed / "payproof", "--version", folder=tmp_path) == f"payproof {__version__}\n"


@pytest.mark.parametrize("command", [("rules", "list"), ("rules", "check"), ("explain", "webhook-unchecked")])
def test_rules_are_found_alike_in_both_kinds_of_installation(
    installed: pathlib.Path, tmp_path: pathlib.Path, command: tuple[str, ...]
) -> None:
    wheel = said(installed / "payproof", *command, folder=tmp_path)
    assert wheel == said(HERE, *command, folder=tmp_path)
    assert len(wheel.splitlines()) > (0 if "check" in command else 10)


def test_both_kinds_of_installation_find_the_same(installed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "pay.py").write_text('import stripe\n\nstripe.PaymentIntent.create(amount=1, currency="eur")\n')
    command = ("scan", ".", "--format", "json", "--no-cache", "--no-ledger")
    wheel = said(installed / "payproof", *command, folder=tmp_path, code=1)
    assert wheel == said(HERE, *command, folder=tmp_path, code=1)
    assert "pay.py" in wheel


def test_pytest_finds_the_plugin(installed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import payproof, stripe\n\n\ndef test_it(stripe_sandbox):\n"
        '    stripe.PaymentIntent.create(amount=1200, currency="eur")\n'
        f"    assert payproof.__file__.startswith({str(installed.parent)!r})\n"
    )
    told = said(installed / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", folder=tmp_path)
    assert told.splitlines()[-1].startswith("1 passed")


def test_the_pre_commit_hook_runs_what_is_installed(installed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """pre-commit installs the package and appends the names of the files that are about to be committed."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert (hook["id"], hook["language"], hook["require_serial"], hook["types"]) == ("payproof", "python", True, ["text"])
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "notes.txt").write_text("nothing\n")
    (tmp_path / "pay.py").write_text('import stripe\n\nstripe.PaymentIntent.create(amount=1, currency="eur")\n')
    program, *arguments = hook["entry"].split()
    found = said(installed / program, *arguments, "notes.txt", "pay.py", folder=tmp_path, code=1)
    assert "pay.py:3:1" in found
    assert "only a part of the project was scanned" in found
    said(installed / program, *arguments, "notes.txt", "pyproject.toml", folder=tmp_path, code=0)
