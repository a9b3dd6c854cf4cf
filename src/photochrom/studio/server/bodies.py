"""What requests of the studio carry, what they are answered with, and how they are refused."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from photochrom.color.names import color_name
from photochrom.engine.hints import MOST_DABS, Hint
from photochrom.errors import PhotochromError
from photochrom.picture.metadata.captions import MOST_CHARACTERS
from photochrom.records import record_of
from photochrom.studio.adjustments import MOST_HINTS, VARIANTS, Adjustments
from photochrom.studio.album import Photograph
from photochrom.studio.darkroom import SCREEN, reason_of

API: Final = "/api/v1"

Content = dict[str, Any]
Side = Annotated[int, Query(ge=16, le=SCREEN)]
Part = Annotated[str, Query(pattern=r"^\d{1,7}(,\d{1,7}){3}$")]  # x,y,width,height
ModelName = Annotated[str, Field(max_length=200)]
Caption = Annotated[str, Field(max_length=MOST_CHARACTERS)]
Pixel = Annotated[int, Query(ge=0, le=1_000_000)]


class StrictBody(BaseModel):
    """Refuses what it does not know."""

    model_config = ConfigDict(extra="forbid")


class DabBody(StrictBody):
    """A touch of the brush, which adds to what a hint covers or takes from it."""

    x: Annotated[int, Field(ge=0, le=1_000_000)]
    y: Annotated[int, Field(ge=0, le=1_000_000)]
    radius: Annotated[int, Field(ge=1, le=1_000_000)]
    adds: bool = True


class HintBody(StrictBody):
    """The color of the object at a point, in pixels of the upright photograph at its full size."""

    x: Annotated[int, Field(ge=0, le=1_000_000)]
    y: Annotated[int, Field(ge=0, le=1_000_000)]
    color: Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")]
    brush: Annotated[list[DabBody], Field(max_length=MOST_DABS)] = []


class AdjustmentsBody(StrictBody):
    """How a photograph is colored; what is left out is as the model advises."""

    saturation: Annotated[float, Field(ge=0, le=2)] | None = None
    warmth: Annotated[float, Field(ge=-1, le=1)] = 0.0
    temperature: Annotated[float, Field(ge=0.01, le=10)] | None = None
    variant: Annotated[int, Field(ge=0, le=VARIANTS)] = 0
    hints: Annotated[list[HintBody], Field(max_length=MOST_HINTS)] = []
    recolor: bool = False
    caption: Caption | None = None
    model: ModelName | None = None

    def as_adjustments(self) -> Adjustments:
        """Give them as the studio takes them."""
        hints = tuple(record_of(Hint, each.model_dump()) for each in self.hints)
        return Adjustments(**{**self.model_dump(), "hints": hints})


class ProblemError(Exception):
    """What a request is answered with when it cannot be met (RFC 9457)."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status


def problem(
    status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Word a refusal (RFC 9457)."""
    content = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def content_of(photograph: Photograph) -> Content:
    """Tell all that is known of a photograph."""
    return {
        "id": photograph.id,
        "name": photograph.name,
        "state": photograph.state,
        "reason": photograph.reason,
        "saved": photograph.saved,
        "changed": photograph.changed,
        "adjustments": photograph.adjustments.as_content(),
        "names": {hint.color: color_name(hint.color) for hint in photograph.adjustments.hints},
        **photograph.facts,
        "caption": photograph.caption,
    }


@contextmanager
def told(source: Path) -> Iterator[None]:
    """Word what the engine refuses about a photograph, without the place it lies at."""
    try:
        yield
    except (PhotochromError, MemoryError) as error:
        reason = reason_of(error, source)
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, reason) from error
