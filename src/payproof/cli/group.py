"""The command group: loads commands lazily and turns every error into one line and an exit code."""

from __future__ import annotations

import functools
import importlib
import sys
import traceback
from collections.abc import Callable
from typing import Any

import click

from payproof import __version__
from payproof.cli import console
from payproof.cli.codes import ASKED_WRONGLY, INTERRUPTED, NOT_EVERYWHERE

COMMANDS = {
    "scan": "Read code and say what holds, what does not, and what is unknown.",
    "report": "Lay the evidence of scans and tests beside the checklist.",
    "rules": "List, show or check the rules.",
    "baseline": "Accept what is found now, so that only new findings count.",
    "fix": "Fix what can be fixed with certainty; show a diff first.",
    "explain": "Explain a rule, or what was asked of a line and why.",
    "sandbox": "Serve a stand-in processor on this machine, for any language.",
    "demo": "Scan and test a small leaky shop, and write its report.",
}
"""Every command, in the order of `--help`; each lives in the module of its name as `command`."""


class Commands(click.Group):
    """Loads a command when it is asked for, and ends every run with an exit code that means what the docs say."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"payproof.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from payproof.documents import suggest

            raise click.UsageError(f"there is no command {args[0]!r}{suggest(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run and exit with the code; returns only when `standalone_mode=False` asks for it."""
        run: Callable[..., Any] = functools.partial(super().main, standalone_mode=False)
        if not extra.pop("standalone_mode", True):
            return run(*args, **extra)
        sys.exit(self._code_of(functools.partial(run, *args, **{"prog_name": "payproof", **extra})))

    def _code_of(self, run: Callable[[], Any]) -> int:
        try:
            code = run()
            return code if isinstance(code, int) else 0
        except click.exceptions.Exit as done:
            return done.exit_code
        except (click.Abort, KeyboardInterrupt):
            console.complain("interrupted")
            return INTERRUPTED
        except click.ClickException as error:
            console.complain(_message(error))
            return ASKED_WRONGLY
        except Exception as error:
            return _report(error)


def _message(error: click.ClickException) -> str:
    if isinstance(error, click.NoSuchOption):
        from payproof.documents import suggest

        options = error.ctx.command.params if error.ctx else []
        known = [name for option in options for name in option.opts if name.startswith("--")]
        return f"there is no option {error.option_name!r}{suggest(error.option_name, (*known, '--help'))}"
    return error.format_message()


def _report(error: Exception) -> int:
    from payproof.model import PayproofError, UsageError

    if isinstance(error, PayproofError):
        console.complain(str(error))
        return ASKED_WRONGLY if isinstance(error, UsageError) else NOT_EVERYWHERE
    # An error of payproof's own must not look like a finding (1), which Python's own ending would.
    console.complain(f"internal error, please report it: {type(error).__name__}")
    console.complain_raw(traceback.format_exc())
    return NOT_EVERYWHERE


def show_help_instead(context: click.Context) -> None:
    """Show a group's help on standard error and exit with 2 when no command was named."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(ASKED_WRONGLY)


@click.group(
    "payproof",
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="payproof", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Audit and test payment integrations.

    Exit codes: 0 nothing was found, 1 something was found, 2 payproof was asked wrongly, 3 payproof could not look
    everywhere.
    """
    show_help_instead(context)
