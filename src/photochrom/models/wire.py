"""Protobuf's wire format, read without trusting it: just enough to inspect an ONNX file.

Source: protobuf.dev, "Encoding". Values are views into the file, so nothing is copied.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import Final

MAX_FIELDS: Final = 2_000_000  # a 200 MB model of the field has about 20 000


class WireError(ValueError):
    """The bytes are not a protobuf message, or end too early."""


class _WireType(IntEnum):
    VARINT = 0
    FIXED64 = 1
    BYTES = 2
    FIXED32 = 5


_FIXED_BYTES: Final = {_WireType.FIXED64: 8, _WireType.FIXED32: 4}

Value = int | memoryview


class WireReader:
    """Reads messages of one file; all of them together may have `MAX_FIELDS` fields."""

    def __init__(self) -> None:
        self._fields_left = MAX_FIELDS

    def fields(self, message: memoryview) -> Iterator[tuple[int, Value]]:
        """Yield (field number, value) in file order.

        Args:
            message: the bytes of one message.

        Yields:
            Numbers for varints, views for everything else.

        Raises:
            WireError: when a length lies, a field is cut short or of an unknown type.
        """
        position = 0
        while position < len(message):
            self._count()
            key, position = _varint(message, position)
            number, wire_type = key >> 3, key & 7
            if number == 0:
                raise WireError("field number 0")
            if wire_type == _WireType.VARINT:
                value, position = _varint(message, position)
                yield number, value
                continue
            size, position = _size(message, position, wire_type)
            yield number, _slice(message, position, size)
            position += size

    def _count(self) -> None:
        self._fields_left -= 1
        if self._fields_left < 0:
            raise WireError(f"more than {MAX_FIELDS} fields")


def expect_bytes(value: Value) -> memoryview:
    """Return a value that must be a string, message or packed list.

    Raises:
        WireError: when it is a number.
    """
    if isinstance(value, int):
        raise WireError("a number where a message belongs")
    return value


def expect_text(value: Value) -> str:
    """Return a value that must be UTF-8 text.

    Raises:
        WireError: when it is not.
    """
    try:
        return str(expect_bytes(value), "utf-8")
    except UnicodeDecodeError as error:
        raise WireError("text that is not UTF-8") from error


def expect_number(value: Value) -> int:
    """Return a value that must be a number.

    Raises:
        WireError: when it is a message.
    """
    if not isinstance(value, int):
        raise WireError("a message where a number belongs")
    return value


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """Decode a variable-length number of at most ten bytes; return it and where it ends."""
    result = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            raise WireError("cut short")
        byte = message[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
    raise WireError("a number of more than ten bytes")


def _size(message: memoryview, position: int, wire_type: int) -> tuple[int, int]:
    """Return the number of bytes of a value and where they begin."""
    if wire_type == _WireType.BYTES:
        return _varint(message, position)
    for fixed_type, size in _FIXED_BYTES.items():
        if wire_type == fixed_type:
            return size, position
    raise WireError(f"unknown wire type {wire_type}")


def _slice(message: memoryview, position: int, size: int) -> memoryview:
    if size > len(message) - position:
        raise WireError("cut short")
    return message[position : position + size]
