"""EXIF as a tree of TIFF directories: read from hostile bytes, corrected, written again.

libvips carries EXIF for JPEG, PNG, WebP and AVIF but not for TIFF, so a TIFF's own directories are
read here, and written back by ``tiff_tags``. Source: TIFF 6.0, BigTIFF, Exif 2.32.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Self

from photochrom.picture.geometry.resolution import Resolution, as_fraction
from photochrom.picture.geometry.turn import Turn
from photochrom.picture.notes import listed

_PREFIX: Final = b"Exif\0\0"
_TYPE_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_SIZES: Final = {**_TYPE_BYTES, 13: 4, 16: 8, 18: 8}
_WORD_BYTES: Final = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8}  # what byte order swaps
_MAX_ENTRIES: Final = 1000
_MOST_ENTRIES: Final = 0xFFFF  # that a classic directory can have
_MAX_VALUE_BYTES: Final = 2**20
_MAX_TREE_BYTES: Final = 8 * 2**20  # of all values: many fields may point at the same bytes

PHOTO_POINTER: Final = 0x8769
GPS_POINTER: Final = 0x8825
IPTC_TAG: Final = 0x83BB
_INTEROP_POINTER: Final = 0xA005

_IMAGE_DESCRIPTION: Final = 0x010E
_ORIENTATION: Final = 0x0112
_RESOLUTION_UNIT: Final = 0x0128
RESOLUTION_TAGS: Final = (0x011A, 0x011B, _RESOLUTION_UNIT)
_MILLIMETRES: Final = {2: 25.4, 3: 10.0}  # in a unit; code 1 is no unit
_BYTE_ORDER: Final[dict[str, Literal["little", "big"]]] = {"<": "little", ">": "big"}
_COLOR_SPACE: Final = 0xA001
_AREAS: Final = {0x9214: "SubjectArea", 0xA214: "SubjectLocation"}
_POSITIONS: Final = {0x011E: "XPosition", 0x011F: "YPosition"}  # on a page of unknown size
_SIDES: Final = ((0x011A, 0x011B), (0xA20E, 0xA20F))  # resolutions of the picture and of the sensor
_FORMS: Final = {3: "H", 4: "I", 16: "Q"}
_EXIF_VERSION: Final = 0x9000
_PIXEL_DIMENSIONS: Final = (0xA002, 0xA003)
# What a TIFF says about the photograph; every other tag there says how its pixels lie in the file.
_DESCRIPTIVE: Final = frozenset(
    {
        *(0x010D, 0x010E, 0x010F, 0x0110, 0x011D, 0x0131, 0x0132, 0x013B, 0x013C, 0x8298),
        *(0x4746, 0x4749, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F),
        *(0x000B, 0x011E, 0x011F, 0x0129, 0x0151, 0xC614, 0xC615, 0xC62F),
    }
)
# About pixels and places that no longer are: dimensions, channels, the interoperability index.
_STALE_MAIN: Final = frozenset({0x0100, 0x0101, 0x0102, 0x0103, 0x0106, 0x0115})
_STALE_PHOTO: Final = frozenset({0xA002, 0xA003, _INTEROP_POINTER})

# How a TIFF stores its pixels, or what libvips and `tiff_layout` pass on: no loss when left out.
_STRUCTURAL: Final = frozenset(
    {
        *range(0x00FE, 0x010B), *range(0x0111, 0x011D), 0x0122, 0x0123, 0x0128, 0x012D, 0x013D,
        *range(0x013E, 0x0149), 0x014A, *range(0x0152, 0x0157), 0x015B, *range(0x0200, 0x0215),
        0x02BC, 0x83BB, 0x8769, 0x8773, 0x8825,
    }
)  # fmt: skip

Reader = Callable[[int, int], bytes]  # (offset, size) -> that many bytes, or fewer at the end


@dataclass(frozen=True, slots=True)
class Value:
    """One field: its TIFF type, how many values, and their bytes in the byte order of the tree."""

    kind: int
    count: int
    data: bytes


Directory = dict[int, Value]


@dataclass(slots=True)
class Exif:
    """The directories that describe a photograph; the one of the thumbnail is not read.

    Args:
        order: ``"<"`` or ``">"``, of all values.
        main: IFD0.
        photo: the Exif directory.
        gps: the GPS directory.
        notes: names the tags that were not read, as they are too many, or too large together.
    """

    order: str = "<"
    main: Directory = field(default_factory=dict)
    photo: Directory = field(default_factory=dict)
    gps: Directory = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read an EXIF block, with or without its prefix; what is damaged is left out."""
        body = data.removeprefix(_PREFIX)
        return cls.from_reader(lambda offset, size: body[offset : offset + size])

    @classmethod
    def from_reader(cls, read: Reader) -> Self:
        """Read the directories of a TIFF structure, classic or BigTIFF, through ``read``."""
        head = read(0, 16)
        order = {b"II": "<", b"MM": ">"}.get(head[:2])
        if order is None or len(head) < 8:
            return cls()
        version = struct.unpack(order + "H", head[2:4])[0]
        tree = _Tree(read, order, is_big=version == 43)
        main = tree.directory(tree.number(head[8:16] if tree.is_big else head[4:8]))
        photo = tree.directory(tree.pointer(main, PHOTO_POINTER))
        gps = tree.directory(tree.pointer(main, GPS_POINTER))
        tags = listed(f"{tag:#06x}" for tag in dict.fromkeys(tree.left_out))
        note = f"EXIF fields left out, too many or too large: {tags}"
        return cls(order, main, photo, gps, (note,) if tree.left_out else ())

    def is_empty(self) -> bool:
        """Tell whether there is nothing in it."""
        return not (self.main or self.photo or self.gps)

    def keep_descriptive(self) -> list[int]:
        """Leave out what describes how a TIFF stores its pixels, and what only one program knows.

        Returns:
            The tags of the second kind: they are a loss that somebody may want to know of.
        """
        private = sorted(self.main.keys() - _DESCRIPTIVE - _STRUCTURAL)
        self.main = {tag: value for tag, value in self.main.items() if tag in _DESCRIPTIVE}
        return private

    def correct(self) -> None:
        """Make it true of the result: upright, sRGB, no dimensions or pointers of the original."""
        for pointer in (PHOTO_POINTER, GPS_POINTER):
            self.main.pop(pointer, None)
        for tag in _STALE_MAIN:
            self.main.pop(tag, None)
        for tag in _STALE_PHOTO:
            self.photo.pop(tag, None)
        self.main[_ORIENTATION] = Value(3, 1, struct.pack(self.order + "H", 1))
        self.photo.setdefault(_EXIF_VERSION, Value(7, 4, b"0232"))
        self.photo[_COLOR_SPACE] = Value(3, 1, struct.pack(self.order + "H", 1))

    def turn(self, turn: Turn) -> tuple[str, ...]:
        """Turn the coordinates as the pixels are turned; those of the resolution, too.

        Returns:
            What was left out, as it does not fit the picture or has no counterpart when turned.
        """
        left_out = [name for tag, name in _POSITIONS.items() if self.main.pop(tag, None)]
        for directory in (self.main, self.photo):
            for tag, name in _AREAS.items():
                value = directory.get(tag)
                form = _FORMS.get(value.kind) if value else None
                if value is None or form is None:
                    continue
                form = f"{self.order}{value.count}{form}"
                area = turn.area(struct.unpack(form, value.data))
                if area is None:
                    del directory[tag]
                    left_out.append(name)
                else:
                    directory[tag] = replace(value, data=struct.pack(form, *area))
            for across, down in _SIDES if turn.is_quarter else ():
                if across in directory and down in directory:
                    directory[across], directory[down] = directory[down], directory[across]
        return tuple(left_out)

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Read the whole numbers of a field of the main directory; none when it is missing."""
        value = self.main.get(tag)
        form = _FORMS.get(value.kind) if value else None
        if value is None or form is None:
            return ()
        return struct.unpack(f"{self.order}{value.count}{form}", value.data)

    def resolution(self) -> Resolution | None:
        """Read the resolution, or None where it is not told."""
        unit = self.main.get(_RESOLUTION_UNIT)
        code = int.from_bytes(unit.data[:2], _BYTE_ORDER[self.order]) if unit else 2
        numbers = []
        for tag in RESOLUTION_TAGS[:2]:
            value = self.main.get(tag)
            if value is None or value.kind != 5:
                return None
            over, under = struct.unpack(self.order + "II", value.data[:8])
            numbers.append(over / under if under else 0.0)
        return Resolution.of(numbers[0], numbers[1], _MILLIMETRES.get(code))

    def description(self) -> str:
        """Read ImageDescription as text; empty when there is none."""
        value = self.main.get(_IMAGE_DESCRIPTION)
        text = value.data.split(b"\0")[0].decode("utf-8", "replace") if value else ""
        return "".join(char for char in text if char.isprintable() or char in "\n\t").strip()

    def describe(self, text: str) -> None:
        """Write ImageDescription, in UTF-8; an empty text takes it away."""
        self.main.pop(_IMAGE_DESCRIPTION, None)
        if text:
            data = text.encode("utf-8", "replace") + b"\0"
            self.main[_IMAGE_DESCRIPTION] = Value(2, len(data), data)

    def set_resolution(self, resolution: Resolution) -> None:
        """Write the resolution, as pixels per inch where there is a unit."""
        scale = _MILLIMETRES[2] if resolution.has_unit else 1
        for tag, number in zip(RESOLUTION_TAGS, (resolution.across, resolution.down), strict=False):
            self.main[tag] = Value(
                5, 1, struct.pack(self.order + "II", *as_fraction(number * scale))
            )
        unit = 2 if resolution.has_unit else 1
        self.main[_RESOLUTION_UNIT] = Value(3, 1, struct.pack(self.order + "H", unit))

    def set_size(self, height: int, width: int) -> None:
        """Write the dimensions of the result, in pixels."""
        for tag, number in zip(_PIXEL_DIMENSIONS, (width, height), strict=True):
            self.photo[tag] = Value(4, 1, struct.pack(self.order + "I", number))

    def little_endian(self) -> "Exif":
        """Give the same tree with all values in little-endian order."""
        if self.order == "<":
            return self
        swapped = [
            {tag: Value(value.kind, value.count, _swap(value)) for tag, value in directory.items()}
            for directory in (self.main, self.photo, self.gps)
        ]
        main, photo, gps = swapped
        return Exif("<", main, photo, gps)

    def to_bytes(self) -> bytes:
        """Write it as an EXIF block with its prefix, without a thumbnail."""
        magic = b"II*\0" if self.order == "<" else b"MM\0*"
        start = magic + struct.pack(self.order + "I", 8)
        below = {PHOTO_POINTER: self.photo, GPS_POINTER: self.gps}
        pointers = {tag: Value(4, 1, bytes(4)) for tag, directory in below.items() if directory}
        main = {tag: value for tag, value in self.main.items() if tag not in below} | pointers
        end = 8 + len(write_directory(main, 8, self.order))
        behind = b""
        for tag in pointers:
            main[tag] = Value(4, 1, struct.pack(self.order + "I", end + len(behind)))
            behind += write_directory(below[tag], end + len(behind), self.order)
        return _PREFIX + start + write_directory(main, 8, self.order) + behind


@dataclass(slots=True)
class _Tree:
    """Reads directories, classic or BigTIFF, within what memory bears."""

    read: Reader
    order: str
    is_big: bool
    room: int = _MAX_TREE_BYTES
    left_out: list[int] = field(default_factory=list)

    def number(self, data: bytes) -> int:
        """Read a whole number."""
        return int.from_bytes(data, "little" if self.order == "<" else "big")

    def pointer(self, directory: Directory, tag: int) -> int:
        """Follow a pointer to another directory; 0 when there is none."""
        value = directory.get(tag)
        return self.number(value.data[: 8 if value.kind in {16, 18} else 4]) if value else 0

    def directory(self, offset: int) -> Directory:
        """Read one directory; entries that lie or are damaged are left out."""
        if offset < 8:
            return {}
        count_bytes, entry_bytes = (8, 20) if self.is_big else (2, 12)
        count = min(self.number(self.read(offset, count_bytes)), _MOST_ENTRIES)
        table = self.read(offset + count_bytes, count * entry_bytes)
        entries: Directory = {}
        for at in range(0, len(table) - entry_bytes + 1, entry_bytes):
            tag, kind = struct.unpack(self.order + "HH", table[at : at + 4])
            value = self._value(tag, kind, table[at + 4 : at + entry_bytes])
            if value is not None and len(entries) < _MAX_ENTRIES:
                entries[tag] = value
            elif value is not None:
                self.left_out.append(tag)
        return entries

    def _value(self, tag: int, kind: int, entry: bytes) -> Value | None:
        half = len(entry) // 2
        count = self.number(entry[:half])
        size = _SIZES.get(kind, 0) * count
        if size <= half:
            return Value(kind, count, entry[half : half + size]) if size else None
        offset = self.number(entry[half:])
        if size > min(_MAX_VALUE_BYTES, self.room):
            is_there = bool(self.read(offset + size - 1, 1))
            if is_there and tag not in _STRUCTURAL:
                self.left_out.append(tag)
            return None
        data = self.read(offset, size)
        self.room -= len(data)
        return Value(kind, count, data) if len(data) == size else None


def _swap(value: Value) -> bytes:
    word = _WORD_BYTES.get(value.kind, 1)
    if word == 1:
        return value.data
    return b"".join(value.data[at : at + word][::-1] for at in range(0, len(value.data), word))


def write_directory(directory: Directory, offset: int, order: str) -> bytes:
    """Write a classic directory that will lie at ``offset``, its values right behind it."""
    values_at = offset + 2 + 12 * len(directory) + 4
    table, values = bytearray(struct.pack(order + "H", len(directory))), bytearray()
    for tag, value in sorted(directory.items()):
        table += struct.pack(order + "HHI", tag, value.kind, value.count)
        if len(value.data) <= 4:
            table += value.data.ljust(4, b"\0")
        else:
            table += struct.pack(order + "I", values_at + len(values))
            values += value.data + bytes(len(value.data) % 2)
    return bytes(table + bytes(4) + values)
