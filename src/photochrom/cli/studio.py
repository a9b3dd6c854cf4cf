"""The verb ``studio``: color photographs in a window."""

from pathlib import Path

import click

from photochrom.cli.options import listening_flags
from photochrom.cli.terminal import say
from photochrom.extras import need
from photochrom.models.registry import DEFAULT_MODEL

_PATH = click.Path(path_type=Path, readable=False)  # the studio tells in one line


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH...]", type=_PATH)
@click.option(
    "--folder",
    type=_PATH,
    metavar="OUT",
    help="Where results and the album are kept; else photochrom in your pictures.",
)
@click.option(
    "--model", metavar="NAME|FILE", default=DEFAULT_MODEL, show_default=True, help="The colorizer."
)
@listening_flags(8100, "in who has the whole address")
@click.option("--no-open", is_flag=True, help="Do not open the browser.")
def studio(
    *,
    paths: tuple[Path, ...],
    folder: Path | None,
    model: str,
    host: str,
    port: int,
    no_open: bool,
) -> None:
    """Color photographs in a window of the browser, until Ctrl-C.

    PATH is a photograph or a folder to begin with.
    """
    need("studio", "fastapi", "uvicorn", "python_multipart", what="the studio")
    from photochrom.studio.server.serve import serve_studio

    serve_studio(
        paths, folder=folder, model=model, host=host, port=port, opens=not no_open, announce=say
    )
