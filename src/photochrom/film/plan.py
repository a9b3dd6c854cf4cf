"""Which films there are to color, and what their results are called."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from photochrom.collection.matching import RESULT_SUFFIX
from photochrom.errors import InputError
from photochrom.film.clip import SUFFIXES
from photochrom.film.output import CONTAINERS, ONLY_IN
from photochrom.film.settings import FilmOptions

PREVIEW_SUFFIX: Final = "-preview"


def film_path(source: Path, options: FilmOptions) -> Path:
    """Name the result of a film: NAME-color.EXT beside it, in a container that is written.

    >>> film_path(Path("a.mov"), FilmOptions()).name, film_path(Path("b.avi"), FilmOptions()).name
    ('a-color.mov', 'b.avi-color.mp4')
    """
    suffix = source.suffix.lower()
    wanted = ONLY_IN.get(options.codec or "h264", suffix if suffix in CONTAINERS else ".mp4")
    ending = RESULT_SUFFIX if options.preview is None else RESULT_SUFFIX + PREVIEW_SUFFIX
    if wanted == suffix:
        return source.with_name(f"{source.stem}{ending}{source.suffix}")
    return source.with_name(f"{source.name}{ending}{wanted}")


def plan_films(
    clips: Sequence[Path], out: Path | None, *, options: FilmOptions
) -> list[tuple[Path, Path]]:
    """Pair films with the places of their results.

    Args:
        clips: films, and folders whose films are taken, but not those of their sub-folders.
        out: a file for one film, else a folder; None for beside what was given.
        options: the codec decides about the container.

    Returns:
        Sources and targets; no two targets are the same.

    Raises:
        InputError: when there is no such film, or two would have one result.
    """
    if out is not None and out.suffix.lower() in CONTAINERS and not out.is_dir():
        if len(clips) > 1 or clips[0].is_dir():
            raise InputError(f"{out} is one file, and there may be several films; give a folder")
        return [(clips[0], out)]
    if out is not None and out.suffix and not out.is_dir():
        raise InputError(f"{out}: films are written as {', '.join(CONTAINERS)}")
    jobs: dict[Path, Path] = {}
    for clip in clips:
        if clip.is_dir():
            folder = out or clip.with_name(clip.name + RESULT_SUFFIX)
            pairs = [(each, folder / film_path(each, options).name) for each in films_in(clip)]
        else:
            named = film_path(clip, options)
            pairs = [(clip, named if out is None else out / named.name)]
        for source, target in pairs:
            if jobs.setdefault(target, source) != source:
                raise InputError(f"{jobs[target]} and {source} would both become {target}")
    return [(source, target) for target, source in jobs.items()]


def films_in(folder: Path) -> list[Path]:
    """List the films of a folder by their names; results of this program are left out.

    Raises:
        InputError: when there is none.
    """
    found = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")
        if not path.stem.endswith((RESULT_SUFFIX, RESULT_SUFFIX + PREVIEW_SUFFIX))
    ]
    if not found:
        raise InputError(f"{folder} holds no film")
    return found
