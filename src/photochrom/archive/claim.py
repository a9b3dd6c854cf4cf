"""Whose results lie at an address: of which ledger, as object storage has no locks."""

import contextlib
import platform
import secrets
from pathlib import Path
from typing import Final

from photochrom.archive.ledger import LEDGER_NAME
from photochrom.errors import InputError
from photochrom.files import give_new_name, unfinished
from photochrom.storage.address import below
from photochrom.storage.objects import read_object, write_object
from photochrom.texts import json_line, parse_json

CLAIM_NAME: Final = ".photochrom.json"


def claim(place: str, ledger: Path, *, is_forced: bool) -> None:
    """Claim an address for a ledger; whoever shares the ledger shares the address.

    Args:
        place: the address.
        ledger: the folder in which it is noted what is done.
        is_forced: whether to take it from another ledger.

    Raises:
        InputError: when another ledger has it, or it cannot be written to.
        OSError: when the ledger cannot be written.
    """
    own = ledger / LEDGER_NAME / "claim.json"
    told = {"ledger": secrets.token_hex(16), "at": f"{platform.node()}:{ledger.resolve()}"}
    with contextlib.suppress(FileExistsError), unfinished(own) as temporary:
        temporary.write_bytes(json_line(told).encode())
        give_new_name(temporary, own)
    content, theirs = own.read_bytes(), below(place, CLAIM_NAME)
    try:
        write_object(theirs, content, overwrite=is_forced)
    except FileExistsError:
        known = read_object(theirs)
        if known != content:
            where = _place_in(known)
            raise InputError(
                f"results in {place} are noted in another ledger{where}: name it with --ledger, "
                "or choose another -o"
            ) from None


def _place_in(claim: bytes) -> str:
    try:
        return f", {parse_json(claim)['at']}"
    except (ValueError, KeyError, TypeError):
        return ""
