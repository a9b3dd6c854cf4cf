"""Run the web app of a study on this machine."""

import secrets
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from photochrom.errors import InputError
from photochrom.study.design.manifest import read_manifest
from photochrom.study.folder import own_picture
from photochrom.study.server.app import create_app
from photochrom.study.server.service import SessionService
from photochrom.study.server.store import Store
from photochrom.web.listening import addresses, listen, own_address, run_app

_SHORTEST_TOKEN: Final = 8


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
        InputError: when the study cannot be opened, a picture is missing or a link, or the address
            is taken.
    """
    token = secrets.token_urlsafe(12) if admin_token is None else admin_token
    if len(token) < _SHORTEST_TOKEN or not token.isascii():
        raise InputError(f"--admin-token must be at least {_SHORTEST_TOKEN} ASCII characters")
    manifest = read_manifest(study)
    for picture in manifest.pictures:
        for file in picture.files:
            if not own_picture(study, file).exists():
                raise InputError(f"{study / file} is missing; restore it from a copy")
    with closing(Store(study, manifest)) as store, listen(host, port) as listener:
        app = create_app(SessionService(manifest, store, study), admin_token=token)
        at = listener.getsockname()[1]
        for address in addresses(host):
            announce(f"participants: http://{address}:{at}/")
        announce(f"you:          http://{own_address(host)}:{at}/admin#{token}")
        run_app(app, listener)
