"""Protobuf's wire format, read without trusting it: just enough to inspect an ONNX file.

Only the one spelling that protobuf's own writers use is read. Readers of protobuf differ in what
else they take (C++ drops the upper bits of a tag of five bytes, others refuse it), so that a file
could show one graph to a check and another to ONNX Runtime: numbers with needless bytes, tags of
more than 32 bits, groups, and single fields that are there twice are errors here. Protobuf itself
is not used, because it keeps what it reads: 80 bytes of memory for a byte of a file of empty nodes.

Source: protobuf.dev, "Encoding". Values are views into the file, so nothing is copied.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

MAX_FIELDS: Final = 2_000_000  # a 200 MB model of the field has about 20 000
_MOST_TAG: Final = (1 << 32) - 1
_MOST_NUMBER: Final = (1 << 64) - 1


class WireError(ValueError):
    """The bytes are not a protobuf message as protobuf writes it, or end too early."""


class _WireType(IntEnum):
    VARINT = 0
    FIXED64 = 1
    BYTES = 2
    FIXED32 = 5


_FIXED_BYTES: Final[dict[int, int]] = {_WireType.FIXED64: 8, _WireType.FIXED32: 4}


@dataclass(slots=True)
class WireReader:
    """Reads messages of one file; all of them together may have `MAX_FIELDS` fields."""

    fields_left: int = MAX_FIELDS

    def fields(
        self, message: memoryview, *, once: Set[int] = frozenset()
    ) -> Iterator[tuple[int, Any]]:
        """Yield (field number, value) in file order; values are numbers, or views.

        Args:
            message: the bytes of one message.
            once: numbers of the fields that may be there only once; of two, protobuf would take the
                last, or merge both.

        Raises:
            WireError: when a length lies, a field is cut short, of an unknown type, one too many,
                or not spelled as protobuf spells it.
        """
        position, seen = 0, set[int]()
        while position < len(message):
            self.fields_left -= 1
            if self.fields_left < 0:
                raise WireError(f"more than {MAX_FIELDS} fields")
            key, position = _varint(message, position)
            number, wire_type = key >> 3, key & 7
            if number == 0 or key > _MOST_TAG:
                raise WireError(f"field number {number}")
            if number in seen:
                raise WireError(f"field {number} twice")
            if number in once:
                seen.add(number)
            value: int | memoryview
            if wire_type == _WireType.VARINT:
                value, position = _varint(message, position)
            else:
                size = _FIXED_BYTES.get(wire_type)
                if size is None:
                    if wire_type != _WireType.BYTES:
                        raise WireError(f"unknown wire type {wire_type}")
                    size, position = _varint(message, position)
                if size > len(message) - position:
                    raise WireError("cut short")
                value, position = message[position : position + size], position + size
            yield number, value


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """Decode a variable-length number of at most 64 bits; return it and where it ends."""
    result = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            raise WireError("cut short")
        byte = message[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            if (byte == 0 and shift) or result > _MOST_NUMBER:
                raise WireError("a number with needless or lost bits")
            return result, position
    raise WireError("a number of more than ten bytes")
