"""`photochrom evaluate --film`: measure how right and how calm the colors of films are."""

from dataclasses import replace
from typing import Final

import click
from click.core import ParameterSource

from photochrom.cli.evaluate_request import EvaluateRequest, named_models
from photochrom.cli.terminal import say, say_json, say_table
from photochrom.engine.options import Options
from photochrom.errors import PhotochromError
from photochrom.models.registry import DEFAULT_MODEL

_OF_MODELS: Final = {"saturation", "temperature", "size"}
_TAKEN: Final = {"film", "models", "out", "limit", "force", "as_json"} | _OF_MODELS


def evaluate_films(
    ctx: click.Context, request: EvaluateRequest, options: Options, *, limit: int | None
) -> int:
    """Measure films, and write or print what came out.

    Args:
        ctx: of the command; tells which flags were given.
        request: films, models, and the folder of the report.
        options: of all models.
        limit: of frames of each film.

    Raises:
        click.UsageError: when a flag was given that says nothing of films.
        InputError: when the folder holds a report already.
    """
    from photochrom.cli.progress import progress_bar
    from photochrom.engine.colorizer import Colorizer
    from photochrom.film.evaluation.measure import measure_film
    from photochrom.film.evaluation.page import films_json, films_page, scores_table
    from photochrom.report.page import refuse_existing, write_folder

    for parameter in ctx.command.params:
        is_given = ctx.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if is_given and parameter.name not in _TAKEN:
            raise click.UsageError(f"{parameter.opts[0]} says nothing of films, which --film takes")
    if request.out is not None:
        refuse_existing(request.out, force=ctx.params["force"])
    models = {
        name: Colorizer(source, options=replace(options, recolor=True))
        for name, source in named_models(request.models or (DEFAULT_MODEL,)).items()
    }
    measured, failed = [], []
    for path in request.film:
        try:
            measured.append(measure_film(path, models, limit=limit, stage=progress_bar))
        except PhotochromError as error:
            failed.append({"film": str(path), "reason": str(error)})
            say(f"photochrom: {error}", err=True)
    content = {**films_json(measured), "failed": failed}
    if ctx.params["as_json"]:
        say_json(content)
    else:
        for each in measured:
            caption = "↓ lower is better; CF, the colorfulness, best near the truth's"
            say(f"{each.name}, {each.frames} frames")
            say_table(scores_table(each).terminal(caption=caption, least_width=13))
    if request.out is not None and measured:
        write_folder(request.out, content, {"report.html": films_page(measured)})
        say(f"report: {request.out / 'report.html'}", err=True)
    return 1 if failed else 0
