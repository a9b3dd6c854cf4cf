"""Run the web app of a study on this machine."""

import os
import secrets
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import uvicorn

from photochrom.errors import InputError
from photochrom.study.app import create_app
from photochrom.study.desk import Desk
from photochrom.study.manifest import read_manifest
from photochrom.study.store import Store

_SHORTEST_TOKEN: Final = 8
_ANYWHERE: Final = ("192.0.2.1", 9)  # a documentation address (RFC 5737); nothing is sent to it


def serve_study(
    study: Path,
    *,
    host: str,
    port: int,
    admin_token: str | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> None:
    """Let people take part until the process is interrupted.

    Args:
        study: its folder.
        host: address to listen at.
        port: to listen at; 0 takes a free one.
        admin_token: of the admin page; made up when None.
        announce: told the addresses, a line each.

    Raises:
        InputError: when the study cannot be opened or the address is taken.
    """
    token = secrets.token_urlsafe(12) if admin_token is None else admin_token
    if len(token) < _SHORTEST_TOKEN or not token.isascii():
        raise InputError(f"--admin-token must be at least {_SHORTEST_TOKEN} ASCII characters")
    manifest = read_manifest(study)
    with closing(Store(study, manifest)) as store, _listen(host, port) as listener:
        app = create_app(Desk(manifest, store, study), admin_token=token)
        at = listener.getsockname()[1]
        for address in _addresses(host):
            announce(f"participants: http://{address}:{at}/")
        announce(f"you:          http://{_own(host)}:{at}/admin#{token}")
        settings = uvicorn.Config(
            app,
            access_log=False,  # no addresses of participants anywhere
            log_level="warning",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        with suppress(KeyboardInterrupt):
            uvicorn.Server(settings).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """Take the address, or say who cannot."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        remedy = "try another --port" if port else "try another --host"
        raise InputError(f"cannot listen at {host} port {port}: {reason}; {remedy}") from error


def _addresses(host: str) -> list[str]:
    """List where others reach this machine."""
    if not _is_everywhere(host):
        return [_bracketed(host)]
    found = ["127.0.0.1"]
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_ANYWHERE)  # chooses a way out; sends nothing
        found.insert(0, probe.getsockname()[0])
    return list(dict.fromkeys(found))


def _own(host: str) -> str:
    return "127.0.0.1" if _is_everywhere(host) else _bracketed(host)


def _is_everywhere(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
