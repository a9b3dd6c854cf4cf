"""Turn the places that an XMP packet names, such as those of faces.

Source: Metadata Working Group, "Guidelines for Handling Image Metadata" 2.0, 5.9 (regions); IPTC
Photo Metadata Standard 2025.1, "Image Region"; Microsoft, "People Tagging Overview". All count in
the stored picture. Some programs count in the upright one: regions say which sides they are for.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from photochrom.picture.geometry.turn import Turn

Node = Any  # minidom is typed too loosely to help
Fields = dict[str, Node]  # local name -> the attribute or the element that holds a plain value

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_STRUCTURE: Final = frozenset(
    {_RDF, "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/"}
)
_MWG: Final = "http://www.metadataworkinggroup.com/schemas/regions/"
_ACDSEE: Final = "http://ns.acdsee.com/regions/"
_MICROSOFT: Final = "http://ns.microsoft.com/photo/1.2/"
_IPTC: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_EXIF: Final = "http://ns.adobe.com/exif/1.0/"
_TIFF: Final = "http://ns.adobe.com/tiff/1.0/"

# Beginnings of names of what cannot be turned: the crop and the local corrections of a raw
# converter, the frame of a panorama, the focus of a computed blur.
_FIXED: Final = {
    "http://ns.adobe.com/camera-raw-settings/1.0/": (
        *("Crop", "HasCrop", "Retouch", "RedEye", "Upright", "Perspective", "GradientBased"),
        *("CircularGradientBased", "PaintBased", "MaskGroupBased"),
    ),
    "http://ns.google.com/photos/1.0/panorama/": ("Cropped", "FullPano", "LargestValid"),
    "http://ns.google.com/photos/1.0/focus/": ("FocalPoint",),
}
_SIDES: Final = (  # pairs that change places in a quarter turn
    (_TIFF, "XResolution", "YResolution"),
    (_EXIF, "FocalPlaneXResolution", "FocalPlaneYResolution"),
)
_ANGLES: Final = frozenset(
    {"Rotation", "AngleInfoRoll"}
)  # of a face; no two programs agree on them
_MAX_DIGITS: Final = 30


class _UnreadableError(Exception):
    """A place that makes no sense."""


def turn_regions(rdf: Node, turn: Turn) -> tuple[str, ...]:
    """Turn all places that the properties of a packet name.

    Args:
        rdf: the element ``rdf:RDF``; changed in place.
        turn: from the stored picture to the upright one.

    Returns:
        The names of what was left out, as it cannot be turned.
    """
    left_out: dict[str, None] = {}
    for holder in elements(rdf):
        if turn.is_quarter:
            for uri, across, down in _SIDES:
                _swap(_fields(holder, uri), across, down)
        for node in [*elements(holder), *_attributes(holder)]:
            try:
                angles = _turn_property(node, turn)
            except _UnreadableError:
                angles = (node.localName,)
                _remove(node)
            left_out |= dict.fromkeys(angles)
    return tuple(left_out)


def _turn_property(node: Node, turn: Turn) -> tuple[str, ...]:
    """Turn one property.

    Returns:
        What of it was left out.

    Raises:
        _UnreadableError: when it cannot be turned.
    """
    uri, name = node.namespaceURI, node.localName
    if name.startswith(_FIXED.get(uri, ("\0",))):
        raise _UnreadableError
    turners: dict[tuple[str, str], Callable[[Node, Turn], tuple[str, ...]]] = {
        (_MWG, "Regions"): _turn_areas,
        (_ACDSEE, "Regions"): _turn_areas,
        (_MICROSOFT, "RegionInfo"): _turn_rectangles,
        (_IPTC, "ImageRegion"): _turn_boundaries,
        (_EXIF, "SubjectArea"): _turn_subject,
        (_EXIF, "SubjectLocation"): _turn_subject,
    }
    turner = turners.get((uri, name))
    return () if turner is None else turner(node, turn)


def _turn_areas(regions: Node, turn: Turn) -> tuple[str, ...]:
    """Turn regions of the Metadata Working Group: centers, and the sides they are for."""
    left_out = []
    structures = list(_structures(regions))
    sides = [f for node, f in structures if "w" in f and "h" in f and "x" not in f]
    width, height = (
        (_number(sides[0], side) for side in "wh") if sides else (turn.width, turn.height)
    )
    is_wide, was_wide = width - height, turn.width - turn.height
    if turn.is_quarter and sides and is_wide * was_wide < 0:
        return ()  # they count in the upright picture
    for _, fields in structures:
        if "x" in fields and "y" in fields:
            is_pixels = "unit" in fields and value_of(fields["unit"]) == "pixel"
            whole = (width, height) if is_pixels else (1, 1)
            _turn_point(fields, "x", "y", turn, whole)
        if turn.is_quarter:
            _swap(fields, "w", "h")
        for angle in _ANGLES & fields.keys():
            left_out.append(angle)
            _remove(fields[angle])
    return tuple(left_out)


def _turn_rectangles(regions: Node, turn: Turn) -> tuple[str, ...]:
    """Turn the rectangles of Microsoft: upper left corner and size in one text, as shares."""
    for _, fields in _structures(regions):
        if "Rectangle" in fields:
            parts = value_of(fields["Rectangle"]).split(",")
            if len(parts) != 4:
                raise _UnreadableError
            x, y, width, height = map(_decimal, parts)
            box = turn.box((x, y), (width, height), (Decimal(1), Decimal(1)))
            write(fields["Rectangle"], ", ".join(map(_text_of, box)))
    return ()


def _turn_boundaries(regions: Node, turn: Turn) -> tuple[str, ...]:
    """Turn the regions of the IPTC: rectangles by their corner, circles, polygons."""
    for boundary, fields in _structures(regions):
        if "rbShape" not in fields and "rbUnit" not in fields:
            continue
        is_pixels = "rbUnit" in fields and value_of(fields["rbUnit"]) == "pixel"
        whole = (turn.width, turn.height) if is_pixels else (1, 1)
        if "rbW" in fields and "rbH" in fields:
            corner = (_number(fields, "rbX"), _number(fields, "rbY"))
            size = (_number(fields, "rbW"), _number(fields, "rbH"))
            box = turn.box(corner, size, (Decimal(whole[0]), Decimal(whole[1])))
            for name, number in zip(("rbX", "rbY", "rbW", "rbH"), box, strict=True):
                write(fields[name], _text_of(number))
        elif "rbX" in fields and "rbY" in fields:
            _turn_point(fields, "rbX", "rbY", turn, whole)
            if "rbRx" in fields and turn.is_quarter and not is_pixels:
                radius = _number(fields, "rbRx") * turn.width / turn.height
                write(fields["rbRx"], _text_of(round(radius, 9)))
        for _, vertex in _structures(boundary):
            if "rbX" in vertex and "rbY" in vertex and "rbShape" not in vertex:
                _turn_point(vertex, "rbX", "rbY", turn, whole)
    return ()


def _turn_subject(node: Node, turn: Turn) -> tuple[str, ...]:
    """Turn a list of numbers as EXIF has it."""
    items = node.getElementsByTagNameNS(_RDF, "li")
    try:
        area = turn.area([int(value_of(item)) for item in items])
    except ValueError as error:
        raise _UnreadableError from error
    if area is None:
        raise _UnreadableError
    for item, number in zip(items, area, strict=True):
        write(item, str(number))
    return ()


def _turn_point(fields: Fields, across: str, down: str, turn: Turn, whole: tuple[Any, Any]) -> None:
    point = (_number(fields, across), _number(fields, down))
    sides = (Decimal(whole[0]), Decimal(whole[1]))
    x, y, _, _ = turn.box(point, (Decimal(0), Decimal(0)), sides)
    write(fields[across], _text_of(x))
    write(fields[down], _text_of(y))


def _structures(top: Node) -> Iterator[tuple[Node, Fields]]:
    """Walk over everything below a property that holds plain values, in any form of RDF."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        waiting += elements(node)
        if fields := _fields(node, None):
            yield node, fields


def _fields(node: Node, uri: str | None) -> Fields:
    """Find the plain values of a structure: attributes, and elements with text only."""
    plain = [child for child in elements(node) if not elements(child)]
    return {
        each.localName: each
        for each in (*_attributes(node), *plain)
        if each.namespaceURI not in _STRUCTURE and (uri is None or each.namespaceURI == uri)
    }


def _swap(fields: Fields, one: str, other: str) -> None:
    if one in fields and other in fields:
        first, second = value_of(fields[one]), value_of(fields[other])
        write(fields[one], second)
        write(fields[other], first)


def _number(fields: Fields, name: str) -> Decimal:
    if name not in fields:
        raise _UnreadableError
    return _decimal(value_of(fields[name]))


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation as error:
        raise _UnreadableError from error
    if (
        not number.is_finite()
        or abs(number.adjusted()) > _MAX_DIGITS
        or len(text) > 2 * _MAX_DIGITS
    ):
        raise _UnreadableError
    return number


def _text_of(number: Decimal) -> str:
    return format(number, "f")


def elements(node: Node) -> list[Node]:
    """List the elements in an element."""
    return [child for child in node.childNodes if child.nodeType == child.ELEMENT_NODE]


def _attributes(node: Node) -> list[Node]:
    return list(node.attributes.values())


def value_of(node: Node) -> str:
    """Read the text of an attribute, or of an element without that of elements in it."""
    if node.nodeType == node.ATTRIBUTE_NODE:
        return str(node.value)
    return "".join(child.data for child in node.childNodes if child.nodeType == child.TEXT_NODE)


def write(node: Node, text: str) -> None:
    """Put a text in place of all that is in an attribute or element."""
    if node.nodeType == node.ATTRIBUTE_NODE:
        node.value = text
        return
    for child in list(node.childNodes):
        node.removeChild(child)
    node.appendChild(node.ownerDocument.createTextNode(text))


def _remove(node: Node) -> None:
    if node.nodeType == node.ATTRIBUTE_NODE:
        node.ownerElement.removeAttributeNode(node)
    else:
        node.parentNode.removeChild(node)
