"""List an archive that lies in object storage."""

from collections.abc import Iterator
from pathlib import Path

from photochrom.archive.listing import ListedFile
from photochrom.collection.walk import is_of_machines
from photochrom.picture.reading.formats import PICTURE_SUFFIXES
from photochrom.storage.objects import find_object, list_objects


def list_stored(place: str) -> tuple[str, Iterator[ListedFile]]:
    """List the pictures below an address, folder by folder, as `list_folder` does on disks.

    Args:
        place: the address of a folder, or of one picture.

    Returns:
        The address that names begin at, and the pictures, each with the tag that the storage gives
        its state; iterating raises an InputError when they cannot be listed.

    Raises:
        InputError: when the storage cannot be asked.
    """
    alone = find_object(place)
    if alone is not None:
        root, _, name = place.rpartition("/")
        return root, iter([ListedFile(name, alone.size, etag=alone.version)])
    return place, _pictures_below(place)


def _pictures_below(root: str) -> Iterator[ListedFile]:
    suffixes = PICTURE_SUFFIXES
    for each in list_objects(root):
        name = each.address.removeprefix(f"{root}/")
        *folders, file = name.split("/")
        is_passed_over = any(part.startswith(".") for part in (*folders, file)) or any(
            is_of_machines(Path(folder)) for folder in folders
        )
        if Path(file).suffix.lower() in suffixes and not is_passed_over:
            yield ListedFile(name, each.size, etag=each.version)
