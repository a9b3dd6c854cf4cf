"""The pictures of a study as a report shows them."""

from functools import cache
from pathlib import Path
from typing import Final

from photochrom.errors import InputError
from photochrom.report.preview import file_preview
from photochrom.study.answers import TRUTH
from photochrom.study.design.manifest import StudyManifest
from photochrom.study.folder import own_picture
from photochrom.study.report.sheets import Previews
from photochrom.study.statistics.rates import PictureRate

_SIDE_PX: Final = 256


def previews_of(study: Path, manifest: StudyManifest) -> Previews:
    """Make the function that shows a picture and what it stood against.

    Args:
        study: folder of the study.
        manifest: of the study.

    Returns:
        A function that raises InputError for a picture that the study does not have, or whose file
        cannot be shown.
    """
    pictures = {each.name: each for each in manifest.pictures}

    @cache
    def shown(relative: str) -> str:
        return file_preview(own_picture(study, relative), side_px=_SIDE_PX)

    def previews(each: PictureRate) -> tuple[str, str]:
        picture = pictures.get(each.picture)
        if picture is None:
            raise InputError(f"the study has no picture {each.picture!r}; its manifest was changed")
        files = {**picture.results, TRUTH: picture.truth}
        sides = (each.shown.model, each.shown.against)
        missing = [side for side in sides if side not in files]
        if missing:
            raise InputError(f"the study has no result of {missing[0]!r} for {picture.original}")
        return shown(files[sides[0]]), shown(files[sides[1]])

    return previews
