import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from photochrom.picture.metadata.fields import Provenance
from photochrom.picture.metadata.xmp import SOURCE_TYPE, XmpPacket

PROVENANCE = Provenance(
    model="autochrome", model_sha256="cd" * 32, options={"saturation": 0.9}, version="0.1.0"
)
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
EXT = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
EVENT = "{http://ns.adobe.com/xap/1.0/sType/ResourceEvent#}"

EXISTING = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:my="http://my/"
 xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" my:box="B 17" tiff:Orientation="6"
 e:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/negativeFilm">
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">Grandmother &amp; the bicycle, 1931.</rdf:li>
<rdf:li xml:lang="de">Oma</rdf:li></rdf:Alt></dc:description>
<xmpMM:History><rdf:Seq><rdf:li>scanned</rdf:li></rdf:Seq></xmpMM:History>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def merged(packet: bytes | None) -> tuple[ET.Element, XmpPacket]:
    edited = XmpPacket(packet)
    edited.drop_stale()
    edited.add_provenance(PROVENANCE)
    return ET.fromstring(edited.to_bytes()), edited  # noqa: S314 - our own output


def test_a_packet_is_made_where_there_was_none() -> None:
    tree, edited = merged(None)
    assert edited.notes == ()
    assert tree.find(f".//{EXT}DigitalSourceType").text == SOURCE_TYPE
    text = tree.find(f".//{DC}description/{RDF}Alt/{RDF}li").text
    assert text == PROVENANCE.sentence()
    assert tree.find(f".//{EVENT}softwareAgent").text == "photochrom 0.1.0"
    parameters = tree.find(f".//{EVENT}parameters").text
    assert "model=autochrome" in parameters
    assert "model-sha256=" + "cd" * 32 in parameters
    assert "saturation=0.9" in parameters


def test_what_was_there_stays() -> None:
    tree, edited = merged(EXISTING)
    raw = edited.to_bytes()
    assert b'my:box="B 17"' in raw
    assert b"scanned" in raw
    assert "Oma" in [item.text for item in tree.iter(f"{RDF}li")]
    description = tree.find(f".//{DC}description/{RDF}Alt/{RDF}li").text
    assert description == "Grandmother & the bicycle, 1931. " + PROVENANCE.sentence()
    assert len(list(tree.iter("{http://ns.adobe.com/xap/1.0/mm/}History"))) == 1
    assert len(tree.findall(f".//{RDF}Seq/{RDF}li")) == 2


def test_stale_and_contradicting_properties_go() -> None:
    tree, edited = merged(EXISTING)
    raw = edited.to_bytes()
    assert b"Orientation" not in raw
    assert raw.count(b"</Iptc4xmpExt:DigitalSourceType>") == 1
    assert "DigitalSourceType before=" in tree.find(f".//{EVENT}parameters").text
    assert b"negativeFilm" in raw


def test_coloring_twice_says_it_once_and_remembers_both() -> None:
    _, once = merged(EXISTING)
    tree, _ = merged(once.to_bytes())
    description = tree.find(f".//{DC}description/{RDF}Alt/{RDF}li").text
    assert description.count("simulated") == 1
    assert len(tree.findall(f".//{EVENT}softwareAgent")) == 2


@pytest.mark.parametrize("form", ['dc:description="Plain"', ""])
def test_a_plain_description_is_kept_too(form: str) -> None:
    body = "" if form else "<dc:description>Plain</dc:description>"
    packet = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Description rdf:about="" {form}>'
        f"{body}</rdf:Description></rdf:RDF>"
    )
    tree, _ = merged(packet.encode())
    items = [item.text for item in tree.findall(f".//{DC}description/{RDF}Alt/{RDF}li")]
    assert items == ["Plain " + PROVENANCE.sentence()]


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">' + b"".join(
    b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 10) for c in range(99, 110)
)


@pytest.mark.parametrize(
    "packet",
    [
        LAUGHS + b"]><l>&m;</l>",
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        b"<a>" * 100_000,
        b"<x:xmpmeta",
        b"\xff\xfe\x00",
        b"<html/>",
        b"x" * (5 * 2**20),
    ],
)
def test_hostile_and_broken_packets_are_left_out_and_named(packet: bytes) -> None:
    tree, edited = merged(packet)
    assert len(edited.notes) == 1
    assert edited.notes[0].startswith("the XMP packet was left out: ")
    assert tree.find(f".//{EXT}DigitalSourceType").text == SOURCE_TYPE


def test_missing_properties_are_added_and_present_ones_left() -> None:
    edited = XmpPacket(EXISTING)
    edited.add_missing(
        {
            ("dc", "description", "Alt"): ["another"],
            ("dc", "subject", "Bag"): ["a", "b"],
            ("photoshop", "City", ""): ["Graz"],
        }
    )
    raw = edited.to_bytes()
    assert b"another" not in raw
    assert b"<rdf:li>b</rdf:li>" in raw.replace(
        b' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"', b""
    )
    assert b"Graz</photoshop:City>" in raw


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    strange = "Oma\x01\x0b\ufffe\uffff\ud800 und\tOpa"
    edited = XmpPacket(None)
    edited.add_missing({("dc", "title", "Alt"): [strange], ("dc", "source", ""): [strange]})
    edited.add_provenance(replace(PROVENANCE, options={"label": strange}), caption=strange)
    tree = ET.fromstring(edited.to_bytes())  # noqa: S314 - our own output
    assert tree.find(f".//{DC}source").text == "Oma und\tOpa"
    assert tree.find(f".//{DC}title/{RDF}Alt/{RDF}li").text == "Oma und\tOpa"
    assert "label=Oma und\tOpa" in tree.find(f".//{EVENT}parameters").text
