"""What is done of an archive: a file for each finished chunk, beside the results.

`.photochrom/` in the folder of results has `run.json`, how all results are made; `plans/`, what
each shard has to do; and `chunks/SHARD/`, where a finished chunk becomes visible at once and whole,
after its pictures. At its end a run moves them into its manifest.
"""

import contextlib
import os
import platform
import secrets
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final

from photochrom.engine.batch.manifest import Entry, manifests_in
from photochrom.engine.batch.shard import Shard
from photochrom.engine.result import Status
from photochrom.errors import InputError
from photochrom.files import give_new_name, replace_whole, unfinished, write_whole
from photochrom.storage.address import below
from photochrom.storage.objects import read_object, write_object
from photochrom.texts import json_line, parse_json

LEDGER_NAME: Final = ".photochrom"
_WHOLE: Final = "whole"  # the label of what is no shard


class ChunkLedger:
    """The ledger of one shard, or of the whole, in a folder of results.

    Args:
        out: the folder of results.
        shard: that is worked on; None for everything.
    """

    def __init__(self, out: Path, shard: Shard | None = None) -> None:
        self.place = out / LEDGER_NAME
        self.shard = shard
        label = _WHOLE if shard is None else shard.label
        self._out = out
        self._chunks = self.place / "chunks" / label
        self._plan = self.place / "plans" / f"{label}.json"
        self._run = self.place / "run.json"

    def agree(self, making: Mapping[str, Any], made_at: int, *, is_forced: bool) -> int:
        """Agree with all others who work here on how results are made.

        Args:
            making: everything that their bytes hang on, but for the time they carry.
            made_at: seconds since 1970, for results to carry if this is the first run.
            is_forced: make everything anew, in another way than before, too.

        Returns:
            The time that results carry.

        Raises:
            InputError: when results here are made in another way, or nothing can be written here.
        """
        told = json_line({"made_at": made_at, "making": making}).encode()
        try:
            self.place.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError), unfinished(self._run) as temporary:
                temporary.write_bytes(told)
                give_new_name(temporary, self._run)
            known = parse_json(self._run.read_bytes())
            is_same = known["making"] == parse_json(told)["making"]
            if is_forced and not is_same:
                replace_whole(self._run, told)
            elif not is_same:
                raise InputError(
                    f"results in {self._out} are made with other options or another model: choose "
                    "another -o, or --force makes all anew"
                )
            return made_at if is_forced and not is_same else int(known["made_at"])
        except OSError as error:
            raise InputError(f"cannot write to {self._out}: {error.strerror}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{self._run} is damaged; delete it to go on") from error

    def begin(self, items: int, size_bytes: int) -> int:
        """Note what there is to do.

        Returns:
            Which run of the shard this is, from 1.

        Raises:
            InputError: when it cannot be written.
        """
        run = 1 + int(object_in(self._plan).get("run", 0))
        plan = {"shard": str(self.shard or ""), "items": items, "bytes": size_bytes, "run": run}
        write_whole(self._plan, json_line(plan))
        return run

    def write(self, entries: Sequence[Entry], summary: Mapping[str, Any]) -> None:
        """Note a chunk whose pictures all lie under their names.

        Args:
            entries: one for each picture.
            summary: of the chunk, for the rate.

        Raises:
            OSError: when it cannot be written.
        """
        name = sha256("".join(entry.key for entry in entries).encode()).hexdigest()[:32]
        told = json_line({"chunk": name, "shard": str(self.shard or ""), **summary}) + "\n"
        lines = b"".join(entry.to_line() for entry in entries)
        replace_whole(self._chunks / f"{name}.jsonl", lines + told.encode())

    def compact(self, manifest: BinaryIO) -> None:
        """Move the chunks of this shard to the end of a manifest; killed, nothing is lost.

        Args:
            manifest: open for appending, and nobody else's.

        Raises:
            OSError: when it cannot be written.
        """
        for path in sorted(self._chunks.glob("*.jsonl")):
            lines = b"\n" + path.read_bytes()
            if manifest.write(lines) != len(lines):
                raise OSError(f"{path} could not be moved into the manifest")
            os.fsync(manifest.fileno())
            path.unlink()


def lines_in(out: Path) -> Iterator[dict[str, Any]]:
    """Go through everything that is noted about results: manifests first, then chunks."""
    chunks = sorted((out / LEDGER_NAME / "chunks").glob("*/*.jsonl"))
    for path in (*manifests_in(out), *chunks):
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:  # moved meanwhile
            for line in file:
                with contextlib.suppress(ValueError):
                    told = parse_json(line)
                    if isinstance(told, dict):
                        yield told


def plans_in(out: Path) -> list[dict[str, Any]]:
    """Read what each shard that has begun has to do."""
    return [object_in(path) for path in sorted((out / LEDGER_NAME / "plans").glob("*.json"))]


def keys_in(out: Path) -> dict[Status, set[bytes]]:
    """Collect what is done.

    Returns:
        The keys of pictures that were colorized, skipped, or failed, as they were noted last.
    """
    keys: dict[Status, set[bytes]] = {
        status: set() for status in (Status.COLORIZED, Status.SKIPPED, Status.FAILED)
    }
    for told in lines_in(out):
        with contextlib.suppress(ValueError):
            key = bytes.fromhex(str(told.get("key", "")))
            if key and told.get("status") in keys:
                for each in keys.values():
                    each.discard(key)
                keys[told["status"]].add(key)
    return keys


def object_in(path: Path) -> dict[str, Any]:
    """Read a JSON object; an empty one when there is none."""
    try:
        told = parse_json(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


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
