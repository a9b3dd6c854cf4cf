"""Files that say how a result was made, so that it can be made again, byte for byte."""

import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from photochrom.engine.options import Options
from photochrom.engine.result import refuse_existing
from photochrom.errors import InputError, ModelError
from photochrom.files import file_sha256, write_whole
from photochrom.records import MisfitError, record_of, strict_object
from photochrom.texts import json_page

EDITS_SUFFIX: Final = ".photochrom.json"
_FORM: Final = 1
_MOST_BYTES: Final = 4 << 20
_ELSEWHERE: Final = ("confidence", "variants", "save_edits")  # what else was written


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """Everything that one result was made with.

    Attributes:
        photograph: its path from the folder of the result, or what the person calls it.
        photograph_sha256: of its file.
        model: its name, or a mix of several.
        model_sha256: of its file or files.
        version: of photochrom.
        made_at: the time that the result carries, in ISO 8601.
        options: what was asked of the colorization.
        variant: 0 for the coloring itself, else the number of another one.
        caption: what the result says of the photograph; None for what the photograph says.
        kind: of the result; None for that of the photograph.
        quality: of lossy kinds; None for the usual.
        form: version of such files.
    """

    photograph: str
    photograph_sha256: str
    model: str
    model_sha256: str
    version: str
    made_at: str
    options: Options = field(default_factory=Options)
    variant: int = 0
    caption: str | None = None
    kind: str | None = None
    quality: int | None = None
    form: int = _FORM


def edits_path(result: Path) -> Path:
    """Name the file of edits that lies beside a result.

    >>> edits_path(Path("a-color.jpg")).name
    'a-color.jpg.photochrom.json'
    """
    return result.with_name(result.name + EDITS_SUFFIX)


def path_from(result: Path, photograph: Path) -> str:
    """Name a photograph from where its result lies, so that both can move together."""
    try:
        named = os.path.relpath(photograph.absolute(), result.absolute().parent)
    except ValueError:  # on another drive
        return photograph.name
    return Path(named).as_posix()


def photograph_sha256(photograph: Path) -> str:
    """Compute the SHA-256 by which edits know a photograph.

    Raises:
        InputError: when it cannot be read.
    """
    try:
        return file_sha256(photograph)
    except OSError as error:
        raise InputError(f"{photograph}: {error.strerror or error}") from error


def write_edits(result: Path, edits: Edits, *, overwrite: bool = False) -> Path:
    """Write beside a result how it was made.

    Args:
        result: the result.
        edits: how.
        overwrite: whether another file of edits may be replaced.

    Returns:
        The file.

    Raises:
        InputError: when it cannot be written, or is there and not to be replaced.
    """
    file = edits_path(result)
    refuse_existing(file, overwrite=overwrite)
    usual = Options()
    asked = {
        each.name: value
        for each in fields(Options)
        if (value := getattr(edits.options, each.name)) != getattr(usual, each.name)
        and each.name not in _ELSEWHERE
    }
    asked["hints"] = [asdict(hint) for hint in edits.options.hints]
    content: dict[str, Any] = {
        each.name: getattr(edits, each.name) for each in fields(Edits) if each.name != "options"
    }
    write_whole(file, json_page(content | {"options": asked}))
    return file


def read_edits(file: Path) -> Edits:
    """Read how a result was made.

    Args:
        file: as `write_edits` writes it.

    Raises:
        InputError: when it cannot be read, is no such file, or one of a later version.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise InputError(f"{file} is too large to be a file of edits")
        content = strict_object(file.read_bytes(), name=str(file), most_bytes=_MOST_BYTES)
    except OSError as error:
        raise InputError(f"{file}: {error.strerror or error}") from error
    except ModelError as error:
        raise InputError(str(error)) from error
    form = content.get("form")
    if isinstance(form, int) and form > _FORM:
        raise InputError(f"{file} was written by a later version of photochrom")
    try:
        edits = record_of(Edits, content)
    except (MisfitError, InputError) as error:
        raise InputError(f"{file} is no file of edits: it {error}") from error
    if edits.variant < 0:
        raise InputError(f"{file} is no file of edits: it has a variant below 0")
    return edits
