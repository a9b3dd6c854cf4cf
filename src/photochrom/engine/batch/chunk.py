"""The unit of work, which no engine knows of: items in, records out, whoever hands them on.

A folder, a part of it on a node of a cluster, and the workers of any engine call `color_item` for
each picture, most of them through `photochrom.engine.batch.child`, which survives what kills it.
"""

import contextlib
import time
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from photochrom.engine.colorizer import Colorizer
from photochrom.engine.options import Options
from photochrom.engine.result import FileResult, Status
from photochrom.errors import InputError, PhotochromError
from photochrom.files import file_sha256, is_disk_full, make_folder, unfinished
from photochrom.models.registry import DEFAULT_MODEL
from photochrom.picture.reading.formats import HEAD_BYTES, SUFFIXES, kind_of_suffix, sniff_kind
from photochrom.picture.reading.read import MAX_PIXELS
from photochrom.storage.address import is_address
from photochrom.storage.objects import fetch, find_object, publish
from photochrom.storage.scratch import scratch_folder

Trouble = Literal["", "error", "timeout", "crash"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkItem:
    """One picture to color.

    Attributes:
        source: path or address of the photograph.
        target: path or address of the result; where it has no suffix of what is written, one is
            appended.
        kind: to write, such as "png"; None for the kind of the photograph.
        confidence_map: path or address, beside the target, of the picture of the model's doubts;
            None for none.
        overwrite: whether files may be replaced.
        sums: folder in which it is noted what became of the same bytes; empty where nobody asks.
    """

    source: str
    target: str
    kind: str | None = None
    confidence_map: str | None = None
    overwrite: bool = False
    sums: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkOptions:
    """How pictures are colored; with an item, all that a worker must know.

    Attributes:
        model: name of a model, or path of a contract file.
        options: that the model is loaded with.
        max_pixels: larger pictures are refused.
        quality: of lossy kinds.
        threads: that one picture keeps busy.
        providers: ONNX Runtime execution providers; None for what the wheel offers.
        is_repeatable: a result that is there already is made again and compared: the same bytes
            are the same result. Needs `made_at`.
        has_sums: whether records tell the SHA-256 of photographs and results.
        made_at: seconds since 1970 that results carry; None for the clock.
        longest_s: seconds that one picture may take in a child process.
    """

    model: str = DEFAULT_MODEL
    options: Options = field(default_factory=Options)
    max_pixels: int = MAX_PIXELS
    quality: int | None = None
    threads: int | None = 1
    providers: tuple[str, ...] | None = None
    is_repeatable: bool = False
    has_sums: bool = False
    made_at: int | None = None
    longest_s: float = 1800.0

    def load(self) -> Colorizer:
        """Load the model.

        Raises:
            ModelError: when there is no such model, or it does not follow the contract.
            InputError: when the model cannot do what an option asks.
        """
        return Colorizer(
            self.model,
            options=self.options,
            max_pixels=self.max_pixels,
            providers=self.providers,
            threads=self.threads,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkRecord:
    """What became of one item.

    Attributes:
        item: as it was given, but for the suffix of its target.
        result: of the photograph; failed when there was any trouble.
        trouble: "error" for one that was told, "timeout", "crash" for a process that died of the
            item twice; else empty.
        error: class of the error.
        is_disk_full: whether nothing more can be written.
        input_sha256: of the photograph, where sums were asked for.
        output_sha256: of the result, likewise.
        output_size: of the result, in bytes.
        elapsed_s: that the item took.
    """

    item: ChunkItem
    result: FileResult
    trouble: Trouble = ""
    error: str = ""
    is_disk_full: bool = False
    input_sha256: str = ""
    output_sha256: str = ""
    output_size: int | None = None
    elapsed_s: float = 0.0


def color_item(item: ChunkItem, colorizer: Colorizer, options: ChunkOptions) -> ChunkRecord:
    """Color one picture, wherever it lies; whatever goes wrong with it is told, not raised.

    Args:
        item: the picture.
        colorizer: as `options` load it.
        options: of the whole run.
    """
    began_s = time.perf_counter()
    try:
        if is_address(item.source) or is_address(item.target):
            record = _color_stored(item, colorizer, options)
        else:
            record = _color_files(item, colorizer, options)
    except Exception as error:  # noqa: BLE001 - one bad file never stops the rest
        record = ChunkRecord(
            item=item,
            result=failure(item.source, error),
            trouble="error",
            error=type(error).__name__,
            is_disk_full=is_disk_full(error),
        )
    return replace(record, elapsed_s=time.perf_counter() - began_s)


def _color_files(item: ChunkItem, colorizer: Colorizer, options: ChunkOptions) -> ChunkRecord:
    item = with_named_kind(item)
    source, target = Path(item.source), Path(item.target)
    color = partial(
        colorizer.colorize_file,
        source,
        kind=item.kind or kind_of_suffix(target.suffix),
        quality=options.quality,
    )
    make_folder(target.parent)
    if options.is_repeatable and not item.overwrite and target.is_file():
        with unfinished(target) as again:
            result = color(target=again, overwrite=True)
            is_colored = result.status is Status.COLORIZED
            if is_colored and file_sha256(again) != file_sha256(target):
                raise _other(str(target), options)
    else:
        maps = None if item.confidence_map is None else Path(item.confidence_map)
        result = color(target=target, overwrite=item.overwrite, confidence_map=maps)
    told: dict[str, Any] = {}
    if options.has_sums:
        told["input_sha256"] = file_sha256(source)
    if result.status is Status.COLORIZED:
        told["output_size"] = target.stat().st_size
        if options.has_sums:
            told["output_sha256"] = file_sha256(target)
    return ChunkRecord(item=item, result=result, **told)


def _color_stored(item: ChunkItem, colorizer: Colorizer, options: ChunkOptions) -> ChunkRecord:
    """Bring a picture here, color it, and send the results where they belong."""
    home, _, name = item.target.rpartition("/")
    must_be_new = not (item.overwrite or options.is_repeatable)
    if is_address(item.target) and must_be_new and find_object(item.target) is not None:
        raise InputError(f"{item.target} is there already: --force replaces it")
    with scratch_folder() as folder:
        here, came, made = item, folder / "came", folder / "made"
        if is_address(item.source):
            came.mkdir()
            here = replace(here, source=str(came / item.source.rpartition("/")[2]))
            fetch(item.source, Path(here.source))
        if is_address(item.target):
            made.mkdir()
            map_name = item.confidence_map and item.confidence_map.rpartition("/")[2]
            confidence_map = None if map_name is None else str(made / map_name)
            here = replace(here, target=str(made / name), confidence_map=confidence_map)
        try:
            record = _color_files(here, colorizer, options)
        except PhotochromError as error:
            words = str(error).replace(here.source, item.source).replace(here.target, item.target)
            raise InputError(words) from error
        if is_address(item.target):
            target = made / Path(record.item.target).name
            for each in sorted(made.iterdir(), key=lambda path: path == target):  # which is last
                _send(each, f"{home}/{each.name}", item, options)
            record = replace(record, item=replace(item, target=f"{home}/{target.name}"))
        return replace(record, item=replace(record.item, source=item.source))


def _send(file: Path, address: str, item: ChunkItem, options: ChunkOptions) -> None:
    """Publish a result; of one that is there and must stay, the same bytes are the same result."""
    try:
        publish(file, address, overwrite=item.overwrite)
    except FileExistsError:
        earlier = file.with_name(f"{file.name}.earlier")
        if options.is_repeatable:
            fetch(address, earlier)
        if not earlier.exists() or file_sha256(earlier) != file_sha256(file):
            raise _other(address, options) from None


def _other(target: str, options: ChunkOptions) -> InputError:
    """Say that what is there is not what would be written, and what to do."""
    if options.is_repeatable:
        return InputError(
            f"{target} is there already, and is not what this scan gives now: "
            "delete it, and run again with --retry"
        )
    return InputError(f"{target} is there already: --force replaces it")


def with_named_kind(item: ChunkItem) -> ChunkItem:
    """Append the right suffix to the target of a file whose name tells the wrong kind, or none."""
    source, target = Path(item.source), Path(item.target)
    kind = None
    with contextlib.suppress(OSError):  # reading it in earnest will say so
        if item.kind is None:
            with source.open("rb") as file:
                kind = sniff_kind(file.read(HEAD_BYTES))
    if kind is None or kind_of_suffix(target.suffix) == kind:
        return item
    return replace(item, target=item.target + SUFFIXES[kind][0])


def failure(source: str, error: Exception) -> FileResult:
    """Say in plain words why a picture failed."""
    if isinstance(error, PhotochromError):
        reason = str(error).removeprefix(f"{source}: ")
    elif isinstance(error, OSError):
        reason = error.strerror or str(error)
    elif isinstance(error, MemoryError):
        reason = "there is not enough memory for it"
    else:
        reason = f"unexpected {type(error).__name__}: {error}"
    return FileResult(status=Status.FAILED, reason=reason)
