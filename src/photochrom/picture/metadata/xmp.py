"""XMP: an existing packet is kept and added to, never replaced.

The packet comes from a file and is hostile until parsed: document types, and with them entities,
are refused before anything is expanded, and size and depth are capped. Source: ISO 16684-1 (XMP),
IPTC Photo Metadata Standard 2025.1.
"""

import xml.parsers.expat
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from xml.dom import minidom

from photochrom.picture.geometry.regions import elements, turn_regions, value_of, write
from photochrom.picture.geometry.turn import Turn
from photochrom.picture.metadata.fields import Provenance
from photochrom.picture.metadata.iptc import Properties
from photochrom.texts import xml_text

_MAX_BYTES: Final = 4 * 2**20
_MAX_DEPTH: Final = 64
_MAX_NODES: Final = 20_000  # a node takes a kilobyte; catalogs of a thousand edits stay below
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_XMLNS: Final = "http://www.w3.org/2000/xmlns/"
_DEFAULT: Final = (_XML, "xml:lang", "x-default")
_NAMESPACES: Final = {
    "rdf": _RDF,
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "stEvt": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
}
# IPTC NewsCodes, "Edited using Generative AI": "augmentation, correction or enhancement using a
# Generative AI model". The nearest other term, algorithmicallyEnhanced, is for corrections "without
# changing the main content, such as sharpening": a colorizer draws colors from what it learned, and
# nobody knows that they were there. trainedAlgorithmicMedia would deny that a photograph is below.
# Where two terms are arguable, the one that discloses more is the honest one.
SOURCE_TYPE: Final = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)
# True of the original file only; readers prefer them to what the container says.
_STALE: Final = {
    "tiff": (
        *("Orientation", "ImageWidth", "ImageLength", "BitsPerSample", "SamplesPerPixel"),
        *("PhotometricInterpretation", "Compression"),
    ),
    "exif": ("ColorSpace", "PixelXDimension", "PixelYDimension"),
    "photoshop": ("ICCProfile", "ColorMode"),
    "xmp": ("Thumbnails",),
}
_EMPTY: Final = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="' + _RDF + '">'
    '<rdf:Description rdf:about=""/></rdf:RDF></x:xmpmeta>'
)
_START: Final = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END: Final = '\n<?xpacket end="w"?>'

Node = Any  # minidom is typed too loosely to help


class _RefusedError(Exception):
    """The packet cannot be used; the text says why."""


@dataclass(slots=True)
class _Guard:
    """Refuse what may grow: document types, entities, deep nesting, too many nodes."""

    depth: int = field(default=0)
    nodes: int = field(default=0)

    def check(self, packet: bytes) -> None:
        """Run over the packet once, without building anything."""
        parser = xml.parsers.expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._enter
        parser.EndElementHandler = self._leave
        parser.CommentHandler = self._count
        parser.ProcessingInstructionHandler = self._count
        parser.StartCdataSectionHandler = self._count
        parser.Parse(packet, True)

    def _count(self, *_: object) -> None:
        self.nodes += 1
        if self.nodes > _MAX_NODES:
            raise _RefusedError(f"it has more than {_MAX_NODES} elements and attributes")

    def _refuse(self, *_: object) -> None:
        raise _RefusedError("it declares a document type")

    def _enter(self, _: str, attributes: Mapping[str, str]) -> None:
        self.nodes += len(attributes)
        self._count()
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise _RefusedError("it is nested too deeply")

    def _leave(self, *_: object) -> None:
        self.depth -= 1


def _parse(packet: bytes) -> Node:
    """Parse a packet into a document that has an ``rdf:RDF``.

    Raises:
        _RefusedError: with a reason in a few words.
    """
    body = packet.strip(b"\0 \t\r\n")
    if len(body) > _MAX_BYTES:
        raise _RefusedError(f"it is larger than {_MAX_BYTES // 2**20} MiB")
    try:
        _Guard().check(body)
        document = minidom.parseString(body)  # noqa: S318 - guarded on the line above
    except (xml.parsers.expat.ExpatError, ValueError, LookupError) as error:
        raise _RefusedError("it is not well-formed XML") from error
    if not document.getElementsByTagNameNS(_RDF, "RDF"):
        raise _RefusedError("it has no rdf:RDF")
    return document


class XmpPacket:
    """A packet that can be added to.

    Args:
        packet: as found in a file, or None.
    """

    def __init__(self, packet: bytes | None) -> None:
        self.notes: tuple[str, ...] = ()
        self._document: Node = minidom.parseString(_EMPTY)  # noqa: S318 - ours
        try:
            self._document = _parse(packet) if packet else self._document
        except _RefusedError as error:
            self.notes = (f"the XMP packet was left out: {error}",)
        self._rdf = self._document.getElementsByTagNameNS(_RDF, "RDF")[0]
        self._holders = [  # of properties
            node
            for node in elements(self._rdf)
            if (node.namespaceURI, node.localName) == (_RDF, "Description")
        ]

    def to_bytes(self) -> bytes:
        """Write the packet with its wrapper, in UTF-8."""
        body: str = self._document.documentElement.toxml()
        return (_START + body + _END).encode("utf-8", "replace")

    def drop_stale(self) -> None:
        """Take away what was true of the original's pixels only."""
        for prefix, names in _STALE.items():
            for name in names:
                self._remove(prefix, name)

    def turn(self, turn: Turn) -> tuple[str, ...]:
        """Turn the places that it names as the pixels are turned; see `turn_regions`."""
        return turn_regions(self._rdf, turn)

    def add_provenance(self, provenance: Provenance, *, caption: str = "") -> None:
        """Say that the colors are simulated: source type, history, description, system used.

        Args:
            provenance: what made the colors.
            caption: the description to begin with where the packet has none.
        """
        named = {
            "model": provenance.model,
            "model-sha256": provenance.model_sha256,
            **provenance.options,
        }
        parameters = "; ".join(f"{name}={named[name]}" for name in sorted(named))
        for name, text in (
            ("DigitalSourceType", SOURCE_TYPE),
            ("AISystemUsed", f"photochrom, model {provenance.model}"),
            ("AISystemVersionUsed", provenance.version),
        ):
            before = self._remove("Iptc4xmpExt", name)
            self._property("Iptc4xmpExt", name, text)
            if name == "DigitalSourceType" and before and before != SOURCE_TYPE:
                parameters += f"; DigitalSourceType before={before}"
        history = self._container("xmpMM", "History", "Seq")
        event = self._add(history, "rdf:li", None, _RDF, "rdf:parseType", "Resource")
        for name, text in (
            ("action", "edited"),
            ("softwareAgent", f"photochrom {provenance.version}"),
            ("when", provenance.made_at),
            ("changed", "/"),
            ("parameters", f"colorized; {parameters}"),
        ):
            self._add(event, f"stEvt:{name}", text)
        described, sentence = self._description(caption), provenance.sentence()
        existing = value_of(described).strip()
        if sentence not in existing:
            write(described, xml_text(f"{existing} {sentence}" if existing else sentence))

    def add_missing(self, properties: Properties) -> None:
        """Add properties that the packet does not have yet."""
        for (prefix, name, form), values in properties.items():
            if self._named(prefix, name):
                continue
            if form:
                items = self._container(prefix, name, form)
                for value in values:
                    self._add(items, "rdf:li", value, *(_DEFAULT if form == "Alt" else ()))
            else:
                self._property(prefix, name, values[0])

    def description(self) -> str:
        """Read what is said of the picture, in the default language; empty when nothing is."""
        found = self._named("dc", "description")
        if not found or found[0].nodeType == found[0].ATTRIBUTE_NODE:
            return value_of(found[0]).strip() if found else ""
        lists = [child for child in elements(found[0]) if child.namespaceURI == _RDF]
        items = elements(lists[0]) if lists else []
        named = [each for each in items if each.getAttributeNS(_XML, "lang") == "x-default"]
        return value_of((*named, *items, found[0])[0]).strip()

    def describe(self, text: str) -> None:
        """Say something else of the picture in the default language."""
        write(self._description(text), xml_text(text))

    def _description(self, caption: str) -> Node:
        """Find the description in the default language; where there is none, begin with this."""
        attribute = self._remove_attribute("dc", "description")
        items = self._container("dc", "description", "Alt")
        for each in elements(items):
            if each.getAttributeNS(_XML, "lang") == "x-default":
                return each
        return self._add(items, "rdf:li", attribute or caption, *_DEFAULT)

    def _named(self, prefix: str, name: str) -> list[Node]:
        """List what holds a property: attributes, then elements."""
        uri = _NAMESPACES[prefix]
        attributes = (holder.getAttributeNodeNS(uri, name) for holder in self._holders)
        nodes = (node for holder in self._holders for node in elements(holder))
        named = (node for node in nodes if (node.namespaceURI, node.localName) == (uri, name))
        return [*filter(None, attributes), *named]

    def _remove_attribute(self, prefix: str, name: str) -> str | None:
        found = [node for node in self._named(prefix, name) if node.nodeType == node.ATTRIBUTE_NODE]
        texts = [value_of(node) for node in found]
        for node in found:
            node.ownerElement.removeAttributeNode(node)
        return texts[0] if texts else None

    def _remove(self, prefix: str, name: str) -> str | None:
        """Remove a property in either form; returns its text."""
        value = self._remove_attribute(prefix, name)
        gone = dict.fromkeys(self._named(prefix, name))
        for node in gone:
            value = value or node.getAttributeNS(_RDF, "resource") or value_of(node).strip()
        for holder in dict.fromkeys(node.parentNode for node in gone):
            kept = [node for node in holder.childNodes if node not in gone]
            _set_children(holder, kept)
        return value

    def _add(self, parent: Node, name: str, text: str | None = None, *attribute: str) -> Node:
        """Append an element: with a text, and an attribute of a namespace, a name and a value."""
        prefix = name.partition(":")[0]
        node = self._document.createElementNS(_NAMESPACES[prefix], name)
        node.setAttributeNS(_XMLNS, f"xmlns:{prefix}", _NAMESPACES[prefix])
        if attribute:
            node.setAttributeNS(*attribute)
        if text is not None:
            node.appendChild(self._document.createTextNode(xml_text(text)))
        return parent.appendChild(node)

    def _property(self, prefix: str, name: str, text: str | None = None) -> Node:
        if not self._holders:
            about = (_RDF, "rdf:about", "")
            self._holders.append(self._add(self._rdf, "rdf:Description", None, *about))
        return self._add(self._holders[0], f"{prefix}:{name}", text)

    def _container(self, prefix: str, name: str, form: str) -> Node:
        """Find or make the list of a property; a plain text in its place becomes the first item."""
        named = [each for each in self._named(prefix, name) if each.nodeType == each.ELEMENT_NODE]
        node = named[0] if named else self._property(prefix, name)
        existing = [child for child in elements(node) if child.namespaceURI == _RDF]
        if existing:
            return existing[0]
        text = value_of(node).strip()
        if node.childNodes:
            _set_children(node, [])
        items = self._add(node, f"rdf:{form}")
        if text:
            self._add(items, "rdf:li", text, *(_DEFAULT if form == "Alt" else ()))
        return items


def _set_children(node: Node, kept: list[Node]) -> None:
    """Leave only some of the children: all at once, as each removal looks through them all."""
    node.childNodes[:] = kept
    for before, after in zip([None, *kept], [*kept, None], strict=True):
        if before is not None:
            before.nextSibling = after
        if after is not None:
            after.previousSibling = before
