"""The page that people send to each other: one file with the photographs of an album."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from photochrom.picture.notes import for_people
from photochrom.report.gallery import PAGE_LENGTH, GalleryEntry, gallery_page
from photochrom.studio.album import Album, Photograph, State
from photochrom.studio.darkroom import Darkroom
from photochrom.studio.names import file_name
from photochrom.studio.server.albums import Ids, named
from photochrom.studio.server.bodies import ProblemError
from photochrom.studio.shown import Shown


def add_sharing(router: APIRouter, album: Album, darkroom: Darkroom) -> None:
    """Make the page that holds an album."""

    @router.get("/page.html")
    def page(
        title: Annotated[str, Query(max_length=200)] = "Photographs in color",
        ids: Ids = "",
        confidence: bool = False,
    ) -> StreamingResponse:
        """Fetch one HTML file with the photographs that are done, of some or of all."""
        done = [each for each in named(album, ids) if each.state is State.DONE]
        if not done:
            raise ProblemError(HTTPStatus.NOT_FOUND, "no photograph is colored yet")
        if len(done) > PAGE_LENGTH:
            many = f"a page holds {PAGE_LENGTH} photographs at most, not {len(done)}: choose some"
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, many)
        entries = [_entry(each, album, darkroom, is_asked=confidence) for each in done]
        name = quote(file_name(f"{title}.html"))
        return StreamingResponse(
            gallery_page(entries, title=title),
            media_type="text/html",
            headers={"Content-Disposition": f"attachment; filename*=utf-8''{name}"},
        )


def _entry(
    photograph: Photograph, album: Album, darkroom: Darkroom, *, is_asked: bool
) -> GalleryEntry:
    source, adjustments = album.original(photograph), photograph.adjustments
    is_left = photograph.facts.get("tone") == "color" and not adjustments.recolor

    def before(side: int) -> Shown:
        return darkroom.original(source, side)

    def after(side: int) -> Shown:
        return darkroom.color(source, adjustments, side)

    return GalleryEntry(
        name=photograph.saved or photograph.name,
        caption=photograph.caption,
        before=None if is_left else before,
        after=before if is_left else after,
        confidence=photograph.facts.get("confidence") if is_asked else None,
        notes=for_people(photograph.facts.get("notes", ())),
    )
