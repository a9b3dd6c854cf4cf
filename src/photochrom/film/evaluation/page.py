"""The tables and the page of measured films."""

import base64
from collections.abc import Mapping, Sequence
from typing import Final

from photochrom.film.evaluation.measure import GRAY, TRUTH, FilmScore, MeasuredFilm
from photochrom.film.evaluation.side_by_side import COLUMNS
from photochrom.report.page import render_page
from photochrom.report.preview import array_preview
from photochrom.report.table import Column, Table

_COLUMNS: Final[Sequence[Column[FilmScore]]] = (
    Column("way", "Colored by", terminal="colored by"),
    Column(
        "trembling",
        "trembling ↓",
        below="a*, b*",
        terminal="trembling\n↓ a*b*",
        help="Median deviation of a* and b* over five frames, where the lightness stands still.",
    ),
    Column(
        "warp_error",
        "warp error ↓",
        below="a*b* squared",
        terminal="warp error\n↓ a*b*²",
        help="Mean squared change of a* and b* from one frame to the next, along the motion.",
    ),
    Column(
        "cdc",
        "CDC ↓",
        digits=4,
        below="nats",
        terminal="CDC\n↓ nats",
        help="How much the histograms of frames differ that are 1, 2 and 4 apart.",
    ),
    Column(
        "colorfulness",
        "colorfulness ≈",
        digits=1,
        below="like the truth",
        terminal="CF\n≈",
        help="How strong the colors are, right or wrong.",
    ),
    Column(
        "ab_error",
        "ab error ↓",
        below="a*b*",
        terminal="ab error\n↓ a*b*",
        help="Mean distance in a* and b* from the true colors.",
    ),
)


def scores_table(film: MeasuredFilm) -> Table[FilmScore]:
    """Lay out the numbers of a film."""
    return Table(_COLUMNS, film.scores, is_quiet=lambda each: each.way in (TRUTH, GRAY))


def films_json(films: Sequence[MeasuredFilm]) -> Mapping[str, object]:
    """Give the content of report.json."""
    return {
        "films": [
            {"film": each.name, "frames": each.frames, "rows": scores_table(each).json()}
            for each in films
        ]
    }


def films_page(films: Sequence[MeasuredFilm]) -> str:
    """Render report.html, with players and strips inside."""
    shown = [
        {
            "name": each.name,
            "frames": each.frames,
            "scores": scores_table(each),
            "film": "data:video/mp4;base64," + base64.b64encode(each.shown.film()).decode("ascii"),
            "ways": each.shown.names,
            "strips": list(
                zip(each.shown.names, map(array_preview, each.shown.strips()), strict=True)
            ),
        }
        for each in films
    ]
    return render_page("film.html", {"title": "Film colors", "films": shown, "columns": COLUMNS})
