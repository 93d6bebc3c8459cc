"""`payproof sandbox`."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING

import click

from payproof.cli import console
from payproof.model import UsageError

if TYPE_CHECKING:
    from payproof.sandbox.server.running import Listening


@click.command("sandbox")
@click.option("--processor", default="stripe", show_default=True, metavar="NAME", help="Whose API to serve.")
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65_535), help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen on.")
@click.option("--exposed", is_flag=True, help="Allow an address that other machines can reach.")
@click.option("--host-name", "host_names", multiple=True, metavar="NAME", help="A further name that clients may call it by.")
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="Keep every account in this file, and begin with what is there.",
)
@click.option("--seed", default="0", show_default=True, metavar="TEXT", help="What ids follow.")
@click.option("--raw-cards", is_flag=True, help="Let card numbers through to the processor.")
@click.option("--remote-webhooks", is_flag=True, help="Let webhooks leave this machine.")
@click.option(
    "--token",
    envvar="PAYPROOF_SANDBOX_TOKEN",
    default="",
    metavar="TOKEN",
    help="The administrator's; made when not given.",
)
def command(
    processor: str,
    port: int,
    host: str,
    exposed: bool,
    host_names: tuple[str, ...],
    state: pathlib.Path | None,
    seed: str,
    raw_cards: bool,
    remote_webhooks: bool,
    token: str,
) -> None:
    """Serve a sandbox on this machine, for any language.

    Prints its address as soon as it listens, and the address of the administrator's page. Every API key has an account of
    its own. Needs the packages of the extra `server`.
    """
    try:
        from payproof.sandbox.server import running
    except ModuleNotFoundError as missing:
        raise UsageError(f"{missing.name} is not installed; pip install 'payproof[server]' brings what a server needs") from None
    from payproof.sandbox.core.exchange import SandboxError

    settings = running.Settings(
        processor, host, port, state, token, seed, exposed, tuple(name.lower() for name in host_names), remote_webhooks, raw_cards
    )
    try:
        running.serve(settings, lambda told: _say(processor, told))
    except (LookupError, SandboxError) as error:
        raise UsageError(str(error)) from None


def _say(processor: str, told: Listening) -> None:
    console.put(f"{processor} sandbox: {told.address}\n")
    if told.accounts:
        console.put(f"restored:{' ' * (len(processor))} {told.accounts} account{'s' * (told.accounts != 1)}\n")
    console.put(f"administrator:  {told.page}\n")
