"""Run the studio on this machine."""

import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from platformdirs import user_pictures_path

from photochrom.engine.batch.sources import PictureWalk
from photochrom.engine.colorizer import Colorizer
from photochrom.errors import InputError
from photochrom.models.registry import DEFAULT_MODEL
from photochrom.picture.reading.formats import PICTURE_SUFFIXES
from photochrom.studio.album import Album
from photochrom.studio.darkroom import Darkroom
from photochrom.studio.developer import Developer
from photochrom.studio.models import MODELS_FOLDER, Models
from photochrom.studio.names import shown_name
from photochrom.studio.server.app import Premises, create_app
from photochrom.studio.teaching import Teacher
from photochrom.web.listening import PatientLine, addresses, listen, own_address, run_app
from photochrom.work.parallel import share_one_heap

_LOCAL_NAMES: Final = ("localhost",)


def serve_studio(  # noqa: PLR0913 - one call, and all but the first by keyword
    paths: Sequence[Path] = (),
    *,
    folder: Path | None = None,
    model: str | Path = DEFAULT_MODEL,
    host: str = "127.0.0.1",
    port: int = 0,
    opens: bool = False,
    announce: Callable[[str], None] = lambda _: None,
) -> None:
    """Let a person color photographs until the process is interrupted.

    Args:
        paths: photographs and folders to begin with; they are read where they lie, never changed.
        folder: of the results and the album; by default photochrom among the user's pictures.
        model: name of a model, or a contract file.
        host: address to listen at.
        port: to listen at; 0 takes a free one.
        opens: whether to open the browser.
        announce: told the addresses, a line each.

    Raises:
        InputError: when a path is not there, the folder cannot be used, or the address is taken.
        ModelError: when the model is missing or damaged.
    """
    share_one_heap()
    folder = (folder or user_pictures_path() / "photochrom").absolute()
    found = list(_photographs(paths, folder))
    with listen(host, port) as listener, closing(Album(folder)) as album:
        at = listener.getsockname()[1]
        premises = _premises(host, at)
        models = Models(Colorizer(model), folder / MODELS_FOLDER)
        darkroom = Darkroom(models)
        teacher = Teacher(album, models, model)
        for path in found:
            album.add(shown_name(path.name), path=path)
        key = f"#{premises.token}" if premises.token else ""
        for address in addresses(host):
            announce(f"studio:  http://{address}:{at}/{key}")
        announce(f"results: {folder}")
        announce("It runs until you press Ctrl-C.")
        developer = Developer(album, darkroom)
        developer.start()
        if opens:
            address = f"http://{own_address(host)}:{at}/{key}"
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        try:
            run_app(create_app(album, darkroom, teacher, premises), listener, line=PatientLine)
        finally:
            teacher.stop()
            developer.stop()


def _premises(host: str, port: int) -> Premises:
    """Ask for a token wherever others can come in."""
    try:
        is_alone = host in _LOCAL_NAMES or ip_address(host).is_loopback
    except ValueError:
        is_alone = False
    if is_alone:
        return Premises(host=host, port=port)
    return Premises(
        host=host, port=port, machine=socket.gethostname(), token=secrets.token_urlsafe(18)
    )


def _photographs(paths: Iterable[Path], folder: Path) -> Iterable[Path]:
    """List photographs, and those in folders, sorted by name; results lie elsewhere."""
    for path in paths:
        if path.is_dir():
            walk = PictureWalk(PICTURE_SUFFIXES, recursive=True, leave_out=[folder])
            pictures = walk.run(path).pictures
            if not pictures:
                raise InputError(f"{path}: there is no photograph in this folder")
            yield from (each.absolute() for each in pictures)
        elif path.exists():
            yield path.absolute()
        else:
            raise InputError(f"{path}: there is no such file or folder")
