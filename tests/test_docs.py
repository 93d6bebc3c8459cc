"""The documentation is true: its commands and code run, its built parts are current, its links lead somewhere.

Blocks of code are written so that they can be tried. A block of Python, TOML or YAML names its file after the language
(```` ```python shop.py ````) and is put into a scratch folder of its page; `console` blocks hold commands after `$ `, each
followed by lines that must occur in what it prints, in that order (`...` stands for anything). A comment
`<!-- in: fixtures/... -->` fills the scratch folder beforehand.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from types import ModuleType

import pytest

from payproof import catalogue, config, documents
from payproof.cli import codes
from payproof.cli.group import COMMANDS
from payproof.cli.group import main as command_line
from payproof.ledger.attestations import FILE as ATTESTATIONS
from payproof.report import format_names
from payproof.sandbox.scenarios import scenarios
from payproof.sandbox.stripe.behaviour import methods
from payproof.sandbox.stripe.schemas import sdk
from payproof.scan import reading, source
from payproof.scan.flow.base import DEEPEST
from payproof.scan.waivers import FILE as WAIVERS

ROOT = pathlib.Path(__file__).resolve().parents[1]
SCRIPTS = sysconfig.get_path("scripts")
PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]

BUILT = re.compile(r"<!-- built: [a-z-]+ -->\n.*?<!-- end -->", re.DOTALL)
BLOCK = re.compile(r"<!-- in: (?P<folder>\S+) -->|^```(?P<language>\w+)(?: (?P<file>\S+))?\n(?P<text>.*?)^```$", re.DOTALL | re.M)


@dataclasses.dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    file: str
    text: str


def page_text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def blocks(page: str) -> Iterator[Block]:
    text = BUILT.sub(lambda part: "\n" * part.group().count("\n"), page_text(page))
    for found in BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if found["folder"]:
            yield Block(page, line, "folder", found["folder"], "")
        else:
            yield Block(page, line, found["language"], found["file"] or "", found["text"])


@dataclasses.dataclass
class Shell:
    """Runs the commands of one page in its scratch folder."""

    folder: pathlib.Path
    code: int = 0

    def run(self, command: str) -> str:
        words = command.split()
        if words[0] == "make":
            return _planned(words[1:])
        if words[:2] == ["pip", "install"]:
            return _installable(command)
        if command == "echo $?":
            return f"{self.code}\n"
        assert words[0] in {"payproof", "pytest", "git", "cat"}, f"nobody tries {command!r}"
        environment = {**os.environ, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "100"}
        environment["PYTHONPATH"] = str(ROOT / "src")  # the tree that is tested, wherever payproof is installed from
        environment = {name: value for name, value in environment.items() if not name.startswith("PYTEST_")}
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        self.code = done.returncode
        return done.stdout + done.stderr


def _planned(targets: list[str]) -> str:
    names = [target for target in targets if "=" not in target]
    subprocess.run(["make", "--dry-run", *names], cwd=ROOT, capture_output=True, check=True)
    return ""


def _installable(command: str) -> str:
    for name, extras in re.findall(r"payproof(?!-)(\[([\w,]+)\])?", command):
        del name
        known = importlib.metadata.metadata("payproof").get_all("Provides-Extra") or []
        assert set(filter(None, extras.split(","))) <= set(known)
    assert "payproof" in command
    return ""


def follow(block: Block, shell: Shell) -> None:
    """Run the commands of a console block and compare what they print."""
    command, wanted = "", []
    for line in [*block.text.splitlines(), "$ "]:
        if not line.startswith("$ "):
            wanted.append(line.rstrip())
            continue
        if command:
            _compare(block, command, wanted, shell.run(command))
        command, wanted = line[2:], []


def _compare(block: Block, command: str, wanted: list[str], printed: str) -> None:
    left = iter(printed.splitlines())
    for line in wanted:
        if line in ("", "..."):
            continue
        pattern = re.compile(".*".join(re.escape(piece) for piece in line.split("...")))
        assert any(pattern.fullmatch(given.rstrip()) for given in left), (
            f"{block.page}:{block.line}: `{command}` does not print {line!r} there, but:\n{printed}"
        )


@pytest.mark.parametrize("page", [page for page in PAGES if any(True for _ in blocks(page))])
def test_the_commands_and_code_of_a_page_work(page: str, tmp_path: pathlib.Path) -> None:
    shell = Shell(tmp_path.resolve())
    (shell.folder / "pyproject.toml").touch()
    for block in blocks(page):
        if block.language == "folder":
            left = shutil.ignore_patterns(".*", "__pycache__")
            shutil.copytree(ROOT / block.file, shell.folder, dirs_exist_ok=True, ignore=left)
        elif block.language == "console":
            follow(block, shell)
        elif block.language in {"python", "toml", "yaml"}:
            assert block.file, f"{page}:{block.line}: name the file, so that it can be tried"
            target = shell.folder / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, "utf-8")
            _check_file(target)
        else:
            assert block.language == "text", f"{page}:{block.line}: nobody tries {block.language}"


def _check_file(path: pathlib.Path) -> None:
    if path.name == "pyproject.toml":
        config.load(path.parent)
    elif path.name == WAIVERS:
        documents.read(path, "waivers")
    elif path.name == ATTESTATIONS:
        documents.read(path, "attestations")
    elif path.parent.name == "audit":
        catalogue.load_rules([path.parent])
    elif path.suffix == ".yaml":
        documents.read(path, None)


def test_the_harness_notices_what_is_wrong(tmp_path: pathlib.Path) -> None:
    shell = Shell(tmp_path)
    follow(Block("page", 1, "console", "", "$ payproof --version\npayproof ...\n"), shell)
    for wrong in ("$ payproof --version\npayproof 0.0.0\n", "$ sudo true\n", "$ pip install 'payproof[nothing]'\n"):
        with pytest.raises(AssertionError):
            follow(Block("page", 1, "console", "", wrong), shell)
    with pytest.raises(subprocess.CalledProcessError):
        follow(Block("page", 1, "console", "", "$ make nothing\n"), shell)


# Built parts


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES)
def test_built_parts_are_current(page: str, build: ModuleType) -> None:
    assert page_text(page) == build.built(page_text(page)), "run `make docs`"


def test_every_rule_has_its_page(build: ModuleType) -> None:
    folder = ROOT / "docs" / "rules"
    assert {path: path.read_text("utf-8") for path in folder.iterdir()} == build.rule_pages(), "run `make docs`"


def test_every_part_is_used_once(build: ModuleType) -> None:
    used = [name for page in PAGES for name in re.findall(r"<!-- built: ([a-z-]+) -->", page_text(page))]
    assert sorted(used) == sorted(build.PARTS)


def test_a_stale_part_is_noticed(build: ModuleType) -> None:
    page = "<!-- built: forgeries -->\nold\n<!-- end -->\n"
    assert "old" not in build.built(page)
    assert "`wrong-secret`" in build.built(page)


# Links and names


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings, as Markdown renderers make them."""
    text = re.sub(r"^```.*?^```$", "", page_text(page), flags=re.DOTALL | re.M)
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


RULE_PAGES = [f"docs/rules/{path.name}" for path in sorted((ROOT / "docs" / "rules").glob("*.md"))]


@pytest.mark.parametrize("page", [*PAGES, *RULE_PAGES])
def test_links_lead_somewhere(page: str) -> None:
    text = re.sub(r"^```.*?^```$", "", page_text(page), flags=re.DOTALL | re.M)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = ((ROOT / page).parent / name).resolve() if name else ROOT / page
        assert file.exists(), f"{page}: {target}"
        if anchor:
            assert anchor in anchors(file.relative_to(ROOT).as_posix()), f"{page}: {target}"


def test_every_page_is_in_the_index() -> None:
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", page_text("docs/index.md")))
    assert linked >= {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}


def test_every_rule_is_listed_and_every_control_has_its_anchor() -> None:
    listed = re.findall(r"^\| \[([\w-]+)\]\(rules/\1\.md\)", page_text("docs/rules.md"), re.M)
    assert sorted(listed) == [rule.id for rule in catalogue.load_rules()]
    assert {control.id for control in catalogue.load_controls()} <= anchors("docs/checklist.md")


def words(page: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, page_text(page)))


def test_every_configuration_key_is_described() -> None:
    described = set(re.findall(r"^\| `([a-z-]+)` \|", page_text("docs/configuration.md"), re.M))
    assert described == set(config._READERS)


def test_every_exit_code_is_described() -> None:
    given = {value for name, value in vars(codes).items() if name.isupper()}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", page_text("docs/exit-codes.md"), re.M)} == given
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", page_text("README.md"), re.M)} == given - {codes.INTERRUPTED}


def test_commands_and_options_that_are_named_exist() -> None:
    known = {option for name in COMMANDS for option in _options(name)} | {"--version", "--help", "--payproof-ledger"}
    known |= {"--numprocesses"}
    for page in PAGES:
        assert words(page, r"`payproof (\w+)") <= set(COMMANDS), page
        assert words(page, r"`(?:[^`\n]* )?(--[a-z-]+)") <= known, page


def _options(name: str) -> set[str]:
    command = command_line.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    group = getattr(command, "commands", {}).values()
    return {option for each in (command, *group) for parameter in each.params for option in parameter.opts}


def test_limits_that_are_named_are_those_of_the_code() -> None:
    said = page_text("docs/limits.md")
    assert DEEPEST == 9 and "nine deep" in said
    assert f"more than {reading.LARGEST // 1_000_000} MB ({source.LARGEST // 1_000_000} MB of Python)" in said
    assert all(f"`{kind}`" in said for kind in methods.DEBITS)
    assert f"({sdk.OLDEST} and newer" in page_text("docs/sandbox.md")


def test_every_report_format_is_described() -> None:
    assert set(format_names()) <= words("docs/formats.md", r"`([a-z-]+)`")


def test_scenarios_that_are_named_exist() -> None:
    named = {name for page in PAGES for name in words(page, r"\.play\(\"([\w-]+)\"")}
    assert named and named <= set(scenarios(processor="*"))


def test_nothing_is_called_compliant() -> None:
    """payproof shows; people attest."""
    allowed = re.compile(r"never (?:says|prints) .{0,20}compliant|does not make .{0,30}compliant|_compliant")
    for page in PAGES:
        text = BUILT.sub("", page_text(page))
        assert [line for line in text.splitlines() if "compliant" in line.lower() and not allowed.search(line)] == [], page
