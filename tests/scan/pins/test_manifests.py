"""Requirement and lock files of every kind, read without evaluating them, and which of them speaks for a file."""

import pathlib
import textwrap

import pytest

from payproof.scan.pins.manifests import is_manifest, pins
from payproof.scan.pins.project import Pins, collect

WANTED = ("stripe", "paypal-checkout-serversdk")


@pytest.mark.parametrize(
    "path",
    [
        "requirements.txt",
        "requirements-dev.txt",
        "dev_requirements.in",
        "requirements/base.txt",
        "deps/prod.in",
        "constraints.txt",
        "backend/pyproject.toml",
        "Pipfile",
        "Pipfile.lock",
        "poetry.lock",
        "server/uv.lock",
        "pdm.lock",
        "pylock.toml",
        "setup.cfg",
        "setup.py",
    ],
)
def test_a_manifest_is_known_by_its_name(path: str) -> None:
    assert is_manifest(path)


@pytest.mark.parametrize("path", ["notes.txt", "requirements.md", "docs/robots.txt", "package.json", "yarn.lock", "setup.toml"])
def test_other_files_are_none(path: str) -> None:
    assert not is_manifest(path)


FILES = {
    "requirements.txt": (
        """\
        # stripe==1.0
        Django>=4
        Stripe[async]==12.5.1 ; python_version > "3.8" --hash=sha256:aa  # the SDK
        paypal_checkout_serversdk>=1.0.1 \\
        not a requirement
        stripe-extras==3
        stripe @ https://example.com/stripe.whl
        """,
        [("stripe", "==12.5.1", 3), ("paypal-checkout-serversdk", ">=1.0.1", 4)],
    ),
    "pyproject.toml": (
        """\
        [project]
        dependencies = [
          "django",
          "stripe>=14,<15",
        ]
        [project.optional-dependencies]
        paypal = ["paypal-checkout-serversdk"]
        [tool.poetry.dependencies]
        python = "^3.11"
        stripe = {version = "^14.1", extras = ["async"]}
        [tool.poetry.group.dev.dependencies]
        stripe = {git = "https://example.com/stripe.git", version = "1"}
        """,
        [("stripe", "<15,>=14", 4), ("paypal-checkout-serversdk", "", 7), ("stripe", "^14.1", 4)],
    ),
    "Pipfile": (
        """\
        [packages]
        stripe = "*"
        [dev-packages]
        paypal-checkout-serversdk = "==1.0.3"
        """,
        [("stripe", "", 2), ("paypal-checkout-serversdk", "==1.0.3", 4)],
    ),
    "Pipfile.lock": ('{"default": {"stripe": {\n"version": "==2.60.0"}}, "develop": {}}', [("stripe", "==2.60.0", 1)]),
    "uv.lock": (
        """\
        version = 1

        [[package]]
        name = "django"
        version = "5.0"

        [[package]]
        name = "stripe"
        version = "14.4.1"
        dependencies = [
            { name = "requests" },
        ]

        [package.metadata]
        version = "9"
        """,
        [("stripe", "==14.4.1", 8)],
    ),
    "setup.cfg": (
        """\
        [options]
        install_requires =
            django
            stripe>=7
        [options.extras_require]
        paypal = paypal-checkout-serversdk==1.0.1
        """,
        [("stripe", ">=7", 4), ("paypal-checkout-serversdk", "==1.0.1", 6)],
    ),
    "setup.py": (
        'setup(name="stripe", install_requires=["django", "stripe>=2.0,<3"], extras={"x": [\'stripe\']})\n',
        [("stripe", "<3,>=2.0", 1)],
    ),
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_pins(name: str) -> None:
    text, expected = FILES[name]
    found = pins(name, textwrap.dedent(text).encode(), WANTED)
    assert [(pin.name, pin.specifier, pin.place.line) for pin in found] == expected
    assert all(pin.locked == name.endswith(".lock") for pin in found)


def test_a_file_that_names_no_sdk_is_not_parsed() -> None:
    assert pins("pyproject.toml", b"not [ TOML", WANTED) == []


@pytest.mark.parametrize(
    ("name", "text"), [("pyproject.toml", "stripe = ["), ("Pipfile.lock", '{"stripe"'), ("setup.cfg", "stripe\n[options")]
)
def test_what_cannot_be_parsed_is_unread_with_its_reason(name: str, text: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / name).write_text(text)
    found = collect(tmp_path, [name], WANTED)
    assert [item.path for item in found.unread] == [name]
    assert found.unread[0].reason.startswith("its requirements cannot be read: ")


def project(root: pathlib.Path, files: dict[str, str]) -> Pins:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return collect(root, sorted(files), WANTED)


def specifier(found: Pins, path: str) -> str | None:
    release = found.release("stripe", path)
    return release.pin.specifier if release is not None else None


def test_the_nearest_folder_speaks_for_a_file(tmp_path: pathlib.Path) -> None:
    found = project(tmp_path, {"requirements.txt": "stripe==1.0", "api/requirements/base.txt": "stripe==2.0"})
    assert [specifier(found, path) for path in ("a.py", "web/a.py", "api/a.py", "api/pay/a.py")] == [
        "==1.0",
        "==1.0",
        "==2.0",
        "==2.0",
    ]


def test_a_lock_file_says_more_than_a_requirement(tmp_path: pathlib.Path) -> None:
    lock = '[[package]]\nname = "stripe"\nversion = "14.4.1"\n'
    found = project(tmp_path, {"pyproject.toml": '[project]\ndependencies = ["stripe<15"]', "uv.lock": lock})
    assert specifier(found, "a.py") == "==14.4.1"


def test_the_only_manifest_speaks_for_files_outside_of_its_folder(tmp_path: pathlib.Path) -> None:
    found = project(tmp_path, {"backend/requirements.txt": "stripe==2.0"})
    assert specifier(found, "scripts/a.py") == "==2.0"


def test_of_two_strangers_neither_speaks(tmp_path: pathlib.Path) -> None:
    found = project(tmp_path, {"one/requirements.txt": "stripe==1.0", "two/requirements.txt": "stripe==2.0"})
    assert specifier(found, "scripts/a.py") is None


def test_files_that_are_taken_in_are_read_and_nothing_outside_of_the_project(tmp_path: pathlib.Path) -> None:
    (tmp_path / "secret.txt").write_text("stripe==9.9")
    root = tmp_path / "root"
    files = {
        "app/requirements.txt": "-r common/shared.txt\n--requirement ../../secret.txt\n-r ../requirements.txt",
        "app/common/shared.txt": "stripe==2.0",
        "requirements.txt": "-r app/requirements.txt\n",
    }
    found = project(root, files)
    assert {pin.specifier for held in found.homes.values() for pin in held} == {"==2.0"}
