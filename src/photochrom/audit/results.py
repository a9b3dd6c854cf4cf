"""The finished pictures that are to be scored, and what their manifests tell of them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from photochrom.archive.listing import Listing, open_items
from photochrom.collection import Item, open_collection
from photochrom.collection.names import as_on_disk, composed
from photochrom.collection.walk import walk
from photochrom.engine.batch.manifest import MANIFEST_NAME, read_entries
from photochrom.engine.result import Status
from photochrom.errors import InputError
from photochrom.storage.address import is_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a manifest says of a result: the photograph, and the model that colored it."""

    source: Path
    model: str
    model_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A picture to be scored.

    Attributes:
        name: what reports call it, unique.
        item: gives its bytes; its name is the one that the truth is looked up by.
        path: of its file; of the Parquet file, or the listing of a storage, for a row of one.
        is_file: whether ``path`` is the picture itself.
        origin: from the manifest beside it, or None.
    """

    name: str
    item: Item
    path: Path
    is_file: bool
    origin: Origin | None = None

    @property
    def model_sha256(self) -> str | None:
        """Give the SHA-256 of the model that is said to have colored it, or None."""
        return None if self.origin is None else self.origin.model_sha256

    @property
    def stamp(self) -> str:
        """Tell this version of the picture from others, without reading it."""
        status = self.path.stat()
        return f"{self.name}\n{status.st_size}\n{status.st_mtime_ns}\n{status.st_ctime_ns}"


def list_results(paths: Sequence[Path]) -> list[Result]:
    """List pictures, folders of them, Parquet files and listings.

    The photographs and confidence maps that a manifest names are left out.

    Args:
        paths: in the order in which they are to be scored.

    Raises:
        InputError: when a path is missing, or holds no picture.
    """
    listed: dict[str, Result] = {}
    for path in paths:
        for result in _results_of(path, is_alone=len(paths) == 1):
            listed.setdefault(result.name, result)
    if not listed:
        raise InputError(f"no colored pictures in {', '.join(map(str, paths))}")
    return list(listed.values())


def _results_of(path: Path, *, is_alone: bool) -> Iterator[Result]:
    if path.is_dir():
        yield from _in_folder(path, is_alone=is_alone)
    elif path.suffix.lower() == ".jsonl" and not is_address(root := Listing(path).root):
        origins = _origins(Path(root))
        for item in open_items(path):
            file = Path(root) / item.name
            name, origin = item.name if is_alone else str(file), origins.get(_place(file))
            yield Result(name=name, item=item, path=file, is_file=True, origin=origin)
    elif path.suffix.lower() in (".jsonl", ".parquet"):
        for item in open_items(path):
            yield Result(name=f"{path}/{item.name}", item=item, path=path, is_file=False)
    elif path.is_file():
        item = Item(name=path.name, label="", load=path.read_bytes)
        origin = _origins(path.parent).get(_place(path))
        yield Result(name=str(path), item=item, path=path, is_file=True, origin=origin)
    else:
        raise InputError(f"{path}: there is no such file or folder")


def _in_folder(folder: Path, *, is_alone: bool) -> Iterator[Result]:
    manifests = [path for path in walk(folder).files if path.name == MANIFEST_NAME]
    origins = {k: v for each in manifests for k, v in _origins(each.parent).items()}
    left_out = {_place(origin.source) for origin in origins.values()}
    for each in manifests:
        maps = (entry.confidence_map for entry in read_entries(each.parent))
        left_out |= {_place(each.parent / name) for name in maps if name}
    for item in open_collection(folder):
        path = folder / item.name
        if _place(path) in left_out:
            continue
        name = item.name if is_alone else str(path)
        origin = origins.get(_place(path))
        yield Result(name=name, item=item, path=path, is_file=True, origin=origin)


def _place(path: Path) -> str:
    """Tell a file from others, however its name is spelled and by which way it is reached."""
    return composed(str(path.resolve()))


def _origins(folder: Path) -> dict[str, Origin]:
    """Read a manifest: by the place of the result, where it comes from."""
    found = {}
    for entry in read_entries(folder):
        if entry.status is Status.COLORIZED and entry.output:
            origin = Origin(
                source=as_on_disk((folder / entry.input).resolve()),
                model=entry.model,
                model_sha256=entry.model_sha256,
            )
            for name in (entry.output, *entry.variants):
                found[_place(folder / name)] = origin
    return found


def models_of(results: Iterable[Result]) -> Counter[tuple[str, str]]:
    """Count the results by name and SHA-256 of the model that made them, as far as is known."""
    origins = (result.origin for result in results)
    return Counter((each.model, each.model_sha256) for each in origins if each is not None)
