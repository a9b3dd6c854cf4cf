"""Photographs over HTTP, as they are shown: gray, in color, with what the model is unsure of."""

from typing import Any

from fastapi import APIRouter, Response

from photochrom.color.names import color_names
from photochrom.errors import InputError
from photochrom.studio.album import Album, NoPhotographError
from photochrom.studio.darkroom import SCREEN, Darkroom, Excerpt, is_left
from photochrom.studio.server.bodies import AdjustmentsBody, Content, Part, Pixel, Side, told
from photochrom.studio.shown import encoded


def add_views(router: APIRouter, album: Album, darkroom: Darkroom) -> None:
    """Show a photograph, as JPEGs of a size that the page asks for."""

    def respond(shown: Any) -> Response:
        return Response(encoded(shown), media_type="image/jpeg")

    @router.get("/photographs/{identity}/thumbnail")
    def thumbnail(identity: str) -> Response:
        data = album.thumbnail(identity)
        if data is None:
            raise NoPhotographError(identity)
        return Response(data, media_type="image/jpeg")

    @router.get("/photographs/{identity}/gray")
    def gray(identity: str, side: Side = SCREEN, part: Part | None = None) -> Response:
        """Show it as the model sees it; a part of it, x,y,width,height, at its full size."""
        source = album.original(album.find(identity))
        with told(source):
            if part is not None:
                return respond(darkroom.detail(source, None, _box(part), side))
            return respond(darkroom.gray(source, side))

    @router.post("/photographs/{identity}/color")
    def color(
        identity: str,
        body: AdjustmentsBody,
        side: Side = SCREEN,
        part: Part | None = None,
        draft: bool = False,
    ) -> Response:
        """Show it in color, as it would be with these adjustments; nothing is kept.

        A draft may show hints at the strength of before, and is made at once.
        """
        found = album.find(identity)
        source = album.original(found)
        with told(source):
            wanted = body.as_adjustments()
            if part is not None:
                return respond(darkroom.detail(source, wanted, _box(part), side))
            if is_left(darkroom.plate(source).picture, wanted):
                return respond(darkroom.original(source, side))
            return respond(darkroom.color(source, wanted, side, draft=draft, is_quick=True))


def _box(part: str) -> Excerpt:
    return Excerpt(*map(int, part.split(",")))


def add_guesses(router: APIRouter, album: Album, darkroom: Darkroom) -> None:
    """Tell what else the places of a photograph may be."""

    @router.get("/photographs/{identity}/suggestions")
    def suggestions(identity: str, x: Pixel, y: Pixel) -> Content:
        """Suggest colors for a pixel of the photograph, the most probable first."""
        found = album.find(identity)
        source, model = album.original(found), found.adjustments.model
        with told(source):
            picture = darkroom.plate(source).picture
            if x >= picture.width or y >= picture.height:
                raise InputError(f"{x},{y} lies outside the photograph")
            place = (x / picture.width, y / picture.height)
            colors = [each.color for each in darkroom.guesses(source, model).at(*place)]
        named = zip(colors, color_names(colors), strict=True)
        return {"colors": [{"color": color, "name": name} for color, name in named]}

    @router.get("/photographs/{identity}/doubt")
    def doubt(identity: str) -> Content:
        """Name the pixels about which a person could help most."""
        found = album.find(identity)
        source = album.original(found)
        with told(source):
            picture = darkroom.plate(source).picture
            places = darkroom.guesses(source, found.adjustments.model).least_sure()
        return {
            "places": [
                {"x": int(x * picture.width), "y": int(y * picture.height)} for x, y in places
            ]
        }

    @router.get("/photographs/{identity}/stripes")
    def stripes(identity: str, side: Side = SCREEN) -> Response:
        """Draw where the model guesses, as a PNG to be laid over the photograph."""
        found = album.find(identity)
        source = album.original(found)
        with told(source):
            drawn = darkroom.doubt(source, found.adjustments.model, side)
            return Response(encoded(drawn), media_type="image/png")
