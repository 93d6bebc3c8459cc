"""The command group: help, version, near misses, and an exit code for every way to end."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from payproof import __version__
from payproof.cli import group
from payproof.cli.group import COMMANDS, main
from payproof.model import PayproofError


def test_version(run) -> None:
    assert (run("--version").out, run("--version").code) == (f"payproof {__version__}\n", 0)


def test_help_names_every_command_and_the_exit_codes(run) -> None:
    shown = run("--help")
    assert shown.code == 0
    for name, words in COMMANDS.items():
        assert f"  {name}" in shown.out
        assert words in shown.out
    assert "0 nothing was found, 1 something was found, 2 payproof was asked" in shown.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(run, name: str) -> None:
    shown = run(name, "--help")
    assert shown.code == 0
    assert f"Usage: payproof {name}" in shown.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("scna",), "payproof: there is no command 'scna'; did you mean 'scan'?\n"),
        (("zzz",), "payproof: there is no command 'zzz'; known: baseline, demo, explain, fix, report, rules, sandbox, scan\n"),
        (("scan", "--selct", "x", "."), "payproof: there is no option '--selct'; did you mean '--select'?\n"),
        (("scan",), "payproof: Missing argument 'PATH...'.\n"),
        (("scan", "--format", "txt", "."), "payproof: Invalid value for '--format': 'txt' is not one of 'code-scanning', "),
        (("scan", "--fail-on", "hihg", "."), "payproof: Invalid value for '--fail-on': 'hihg' is not one of 'low', "),
        (("scan", "--jobs", "0", "."), "payproof: Invalid value for '--jobs': 0 is not in the range x>=1."),
        (("rules", "lst"), "payproof: No such command 'lst'."),
    ],
)
def test_a_wrong_question_is_answered_in_one_line_with_code_2(run, arguments: tuple[str, ...], message: str) -> None:
    told = run(*arguments)
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith(message)
    assert told.err.count("\n") == 1


def test_no_arguments_show_help(run) -> None:
    for arguments in ((), ("rules",)):
        shown = run(*arguments)
        assert (shown.code, shown.out) == (2, "")
        assert shown.err.startswith(" ".join(("Usage: payproof", *arguments)))


def raising(error: BaseException) -> click.Command:
    @click.command()
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "payproof: interrupted\n"),
        (PayproofError("the ledger cannot be written"), 3, "payproof: the ledger cannot be written\n"),
        (PayproofError("two\nlines \x1b[31m"), 3, "payproof: two lines \\x1b[31m\n"),
        (RecursionError("too deep"), 3, "payproof: internal error, please report it: RecursionError\n"),
    ],
)
def test_every_error_ends_with_its_code(
    run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, message: str
) -> None:
    monkeypatch.setattr(main, "get_command", lambda context, name: raising(error))
    told = run("scan")
    assert told.code == code
    assert told.err.lstrip().startswith(message)


def test_an_internal_error_shows_where_but_no_secret(run, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "sk_" + "live_" + "payproofsample0123456789"
    monkeypatch.setattr(main, "get_command", lambda context, name: raising(ValueError(f"{secret} 4242424242424242")))
    told = run("scan")
    assert told.code == 3
    assert "Traceback" in told.err
    assert "payproofsample" not in told.err
    assert "4242424242424242" not in told.err


def test_as_a_library_the_code_comes_back() -> None:
    assert main(["--version"], standalone_mode=False) == 0


def test_asking_for_help_loads_no_scanner_and_no_sdk() -> None:
    heavy = "('libcst', 'jsonschema', 'yaml', 'jinja2', 'detect_secrets', 'stripe', 'pytest', 'payproof.scan')"
    ask = "import sys; from payproof.cli import main; main(['--help'], standalone_mode=False)"
    code = f"{ask}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_command_is_the_one_of_its_module() -> None:
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        assert command.name == name
    assert main.get_command(click.Context(main), "group") is None
    assert group.main is main
