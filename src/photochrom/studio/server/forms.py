"""Forms (multipart/form-data) taken apart as they arrive: one file, and small fields."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final

from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from photochrom.studio.server.bodies import ProblemError

FORM: Final = b"multipart/form-data"
_FILE: Final = "file"
_MOST_BYTES: Final = 16_384  # of all fields but the file


class Form:
    """What a request carries: the file alone, or a form with the file among its fields.

    Attributes:
        file_name: as the form calls it; empty when the body is the file.
        fields: all others, by name.
    """

    def __init__(self, request: Request) -> None:
        self.file_name = ""
        self.fields: dict[str, str] = {}
        self._request = request
        kind, self._about = parse_options_header(request.headers.get("content-type"))
        self._is_form = kind == FORM
        self._header = self._value = b""
        self._name = ""
        self._is_whole = False
        self._waiting: list[bytes] = []
        self._text = bytearray()

    async def file(self) -> AsyncIterator[bytes]:
        """Give the pieces of the file.

        Raises:
            ProblemError: when the form is damaged, has no file, or much else.
        """
        if not self._is_form:
            async for piece in self._request.stream():
                yield piece
            return
        try:
            parser = MultipartParser(
                self._about.get(b"boundary", b""),
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._take_header,
                    "on_header_value": self._take_value,
                    "on_header_end": self._end_header,
                    "on_part_data": self._take,
                    "on_part_end": self._end,
                    "on_end": self._note_end,
                },
            )
            async for piece in self._request.stream():
                parser.write(piece)
                yield b"".join(self._waiting)
                self._waiting.clear()
        except FormParserError as error:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "the form is damaged") from error
        if not self._is_whole:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "the form ends in the middle")

    def _note_end(self) -> None:
        self._is_whole = True

    def _begin(self) -> None:
        self._name = ""

    def _take_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            about = parse_options_header(self._value)[1]
            self._name = about.get(b"name", b"").decode("utf-8", "replace")
            if self._name == _FILE:
                self.file_name = about.get(b"filename", b"").decode("utf-8", "replace")
        self._header = self._value = b""

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._name == _FILE:
            self._waiting.append(data[start:end])
            return
        self._text += data[start:end]
        if len(self._text) > _MOST_BYTES:
            much = f"the fields of a form have {_MOST_BYTES >> 10} kB at most, without the file"
            raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, much)

    def _end(self) -> None:
        if self._name != _FILE:
            self.fields[self._name] = self._text.decode("utf-8", "replace")
            self._text.clear()
