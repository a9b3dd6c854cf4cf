"""Render self-contained HTML: no script, font or picture from anywhere else."""

from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def _environment() -> Environment:
    """Prepare the templates; everything put into them is escaped."""
    return Environment(
        loader=PackageLoader("photochrom.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_page(template: str, content: Mapping[str, object]) -> str:
    """Fill one of the room's templates.

    Args:
        template: file name under ``templates``, such as ``gallery.html``.
        content: what the template names; a missing name is an error, text is escaped.

    Returns:
        A whole HTML document that opens offline.
    """
    return _environment().get_template(template).render(content)
