"""What metadata says of places turns with the pixels."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from photochrom.picture import encode_picture, read_picture
from photochrom.picture.geometry.turn import Turn
from photochrom.picture.metadata.exif import Exif, Value
from photochrom.picture.metadata.iptc import photoshop_block
from photochrom.picture.metadata.xmp import XmpPacket
from photochrom.picture.notes import for_people

HEIGHT, WIDTH = 96, 128  # stored; upright they change places
QUARTER = Turn(6, HEIGHT, WIDTH)
HALF = Turn(3, HEIGHT, WIDTH)
SPACES = {
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "acdsee-rs": "http://ns.acdsee.com/regions/",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "ext": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
    "my": "http://my/",
}


def packet(body: str, attributes: str = "") -> bytes:
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items())
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'{spaces}><rdf:Description rdf:about="" {attributes}>{body}</rdf:Description></rdf:RDF>'
    ).encode()


def turned(body: str, turn: Turn, attributes: str = "") -> tuple[str, tuple[str, ...]]:
    edited = XmpPacket(packet(body, attributes))
    assert edited.notes == ()
    left_out = edited.turn(turn)
    return edited.to_bytes().decode(), left_out


def faces(area: str, sides: str, more: str = "") -> str:
    return (
        f'<mwg-rs:Regions rdf:parseType="Resource">{sides}<mwg-rs:RegionList><rdf:Bag>'
        f"<rdf:li>{area}{more}</rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
    )


ATTRIBUTES = '<mwg-rs:Area stArea:x="0.25" stArea:y="0.40" stArea:w="0.10" stArea:h="0.20"/>'
RESOURCE = (
    '<mwg-rs:Area rdf:parseType="Resource"><stArea:x>0.25</stArea:x><stArea:y>0.40</stArea:y>'
    "<stArea:w>0.10</stArea:w><stArea:h>0.20</stArea:h></mwg-rs:Area>"
)
NESTED = (
    '<mwg-rs:Area><rdf:Description stArea:x="0.25" stArea:y="0.40" stArea:w="0.10" '
    'stArea:h="0.20"/></mwg-rs:Area>'
)
SIDES = '<mwg-rs:AppliedToDimensions stDim:w="128" stDim:h="96" stDim:unit="pixel"/>'


def values(xmp: str, *names: str) -> tuple[str, ...]:
    """Read plain values, in whichever form they stand."""
    found = []
    for name in names:
        mark = f'{name}="' if f'{name}="' in xmp else f"<{name}"
        rest = xmp[xmp.index(mark) + len(mark) :]
        found.append(rest.split('"')[0] if mark[-1] == '"' else rest.split(">")[1].split("<")[0])
    return tuple(found)


AREA = ("stArea:x", "stArea:y", "stArea:w", "stArea:h")


@pytest.mark.parametrize("area", [ATTRIBUTES, RESOURCE, NESTED])
@pytest.mark.parametrize(
    ("turn", "expected", "sides"),
    [
        (QUARTER, ("0.60", "0.25", "0.20", "0.10"), ("96", "128")),
        (HALF, ("0.75", "0.60", "0.10", "0.20"), ("128", "96")),
        (Turn(2, HEIGHT, WIDTH), ("0.75", "0.40", "0.10", "0.20"), ("128", "96")),
    ],
)
def test_a_face_turns_with_the_picture(
    area: str, turn: Turn, expected: tuple[str, ...], sides: tuple[str, ...]
) -> None:
    """The name of a face lay on another place, as the pixels were turned and it was not."""
    xmp, left_out = turned(faces(area, SIDES), turn)
    assert values(xmp, *AREA) == expected
    assert values(xmp, "stDim:w", "stDim:h") == sides
    assert left_out == ()


def test_a_face_that_is_upright_already_stays() -> None:
    xmp, _ = turned(faces(ATTRIBUTES, SIDES.replace("128", "48").replace('"96', '"64')), QUARTER)
    assert values(xmp, *AREA) == ("0.25", "0.40", "0.10", "0.20")
    assert values(xmp, "stDim:w", "stDim:h") == ("48", "64")


def test_a_face_without_sides_in_pixels_turns_too() -> None:
    area = '<mwg-rs:Area stArea:x="32" stArea:y="24" stArea:d="9" stArea:unit="pixel"/>'
    xmp, _ = turned(faces(area, ""), QUARTER)
    assert values(xmp, "stArea:x", "stArea:y", "stArea:d") == ("72", "32", "9")


def test_the_angle_of_a_face_is_left_out_and_named() -> None:
    xmp, left_out = turned(faces(ATTRIBUTES, SIDES, "<mwg-rs:Rotation>0.1</mwg-rs:Rotation>"), HALF)
    assert left_out == ("Rotation",)
    assert "Rotation" not in xmp
    assert "stArea:x" in xmp


def test_the_regions_of_microsoft_turn() -> None:
    body = (
        "<MP:RegionInfo><rdf:Description><MPRI:Regions><rdf:Bag><rdf:li>"
        '<rdf:Description MPReg:Rectangle="0.1, 0.2, 0.3, 0.1" MPReg:PersonDisplayName="Ida"/>'
        '</rdf:li><rdf:li rdf:parseType="Resource"><MPReg:Rectangle>0, 0, 1, 0.5</MPReg:Rectangle>'
        "</rdf:li></rdf:Bag></MPRI:Regions></rdf:Description></MP:RegionInfo>"
    )
    xmp, left_out = turned(body, QUARTER)
    assert 'Rectangle="0.7, 0.1, 0.1, 0.3"' in xmp
    assert ">0.5, 0, 0.5, 1</MPReg:Rectangle>" in xmp
    assert 'PersonDisplayName="Ida"' in xmp
    assert left_out == ()


def boundary(fields: str) -> str:
    return (
        '<ext:ImageRegion><rdf:Bag><rdf:li rdf:parseType="Resource">'
        f'<ext:RegionBoundary rdf:parseType="Resource">{fields}</ext:RegionBoundary>'
        "</rdf:li></rdf:Bag></ext:ImageRegion>"
    )


def fields_of(shape: str, unit: str, **numbers: str) -> str:
    plain = {"rbShape": shape, "rbUnit": unit, **numbers}
    return "".join(f"<ext:{name}>{value}</ext:{name}>" for name, value in plain.items())


def test_the_regions_of_the_iptc_turn() -> None:
    names = ("ext:rbX", "ext:rbY", "ext:rbW", "ext:rbH")
    rectangle = fields_of("rectangle", "relative", rbX="0.1", rbY="0.2", rbW="0.3", rbH="0.1")
    assert values(turned(boundary(rectangle), QUARTER)[0], *names) == ("0.7", "0.1", "0.1", "0.3")
    pixels = fields_of("rectangle", "pixel", rbX="10", rbY="20", rbW="30", rbH="5")
    assert values(turned(boundary(pixels), QUARTER)[0], *names) == ("71", "10", "5", "30")
    circle = fields_of("circle", "relative", rbX="0.1", rbY="0.2", rbRx="0.3")
    found = values(turned(boundary(circle), QUARTER)[0], "ext:rbX", "ext:rbY", "ext:rbRx")
    assert (*found[:2], float(found[2])) == ("0.8", "0.1", pytest.approx(0.4))  # 0.3 * 128 / 96


def test_a_polygon_of_the_iptc_turns() -> None:
    corners = "".join(
        f'<rdf:li rdf:parseType="Resource"><ext:rbX>{x}</ext:rbX><ext:rbY>{y}</ext:rbY></rdf:li>'
        for x, y in ((10, 20), (30, 40))
    )
    body = (
        fields_of("polygon", "pixel")
        + f"<ext:rbVertices><rdf:Seq>{corners}</rdf:Seq></ext:rbVertices>"
    )
    xmp, _ = turned(boundary(body), QUARTER)
    assert "<ext:rbX>76</ext:rbX><ext:rbY>10</ext:rbY>" in xmp
    assert "<ext:rbX>56</ext:rbX><ext:rbY>30</ext:rbY>" in xmp


def test_lists_and_pairs_in_xmp_turn() -> None:
    body = (
        "<exif:SubjectArea><rdf:Seq><rdf:li>10</rdf:li><rdf:li>20</rdf:li><rdf:li>6</rdf:li>"
        "<rdf:li>4</rdf:li></rdf:Seq></exif:SubjectArea><tiff:YResolution>200/1</tiff:YResolution>"
    )
    xmp, left_out = turned(body, QUARTER, 'tiff:XResolution="100/1"')
    assert [part.split("<")[0] for part in xmp.split("<rdf:li>")[1:]] == ["75", "10", "4", "6"]
    assert values(xmp, "tiff:XResolution", "tiff:YResolution") == ("200/1", "100/1")
    assert left_out == ()


def test_what_cannot_be_turned_is_left_out_and_named() -> None:
    body = "<crs:RetouchAreas><rdf:Seq><rdf:li>a</rdf:li></rdf:Seq></crs:RetouchAreas>"
    body += '<MP:RegionInfo my:a="1"><MPReg:Rectangle>a, b</MPReg:Rectangle></MP:RegionInfo>'
    xmp, left_out = turned(body, HALF, 'crs:CropTop="0.1" crs:Exposure="1" my:box="17"')
    assert set(left_out) == {"RetouchAreas", "CropTop", "RegionInfo"}
    assert not any(f":{name}" in xmp for name in left_out)
    assert 'crs:Exposure="1"' in xmp
    assert 'my:box="17"' in xmp


@pytest.mark.parametrize("number", ["1e999999999", "NaN", "", "inf", "1" * 5000, "x"])
def test_hostile_numbers_are_left_out(number: str) -> None:
    area = ATTRIBUTES.replace("0.25", number)
    xmp, left_out = turned(faces(area, SIDES), QUARTER)
    assert left_out == ("Regions",)
    assert "Regions" not in xmp


def placed_exif(order: str) -> Exif:
    pack = struct.pack
    return Exif(
        order,
        {0x0112: Value(3, 1, pack(order + "H", 6)), 0x011E: Value(5, 1, pack(order + "II", 1, 2)),
         0x0100: Value(4, 1, pack(order + "I", WIDTH))},
        {0x9214: Value(3, 4, pack(order + "4H", 10, 20, 6, 4)),
         0xA214: Value(3, 2, pack(order + "2H", 10, 200)),
         0xA20E: Value(5, 1, pack(order + "II", 3, 1)),
         0xA20F: Value(5, 1, pack(order + "II", 5, 1))},
    )  # fmt: skip


@pytest.mark.parametrize("order", ["<", ">"])
def test_areas_of_exif_turn_and_those_outside_are_named(order: str) -> None:
    exif = placed_exif(order)
    assert set(exif.turn(QUARTER)) == {"XPosition", "SubjectLocation"}
    assert struct.unpack(order + "4H", exif.photo[0x9214].data) == (75, 10, 4, 6)
    assert struct.unpack(order + "II", exif.photo[0xA20E].data) == (5, 1)


KINDS = ("jpeg", "png", "tiff", "webp")


def stored(kind: str, exif: bytes, xmp: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    more = {"xmp": xmp} if kind in {"jpeg", "webp", "avif"} and xmp else {}
    gray = Image.fromarray(np.tile(np.arange(WIDTH, dtype=np.uint8), (HEIGHT, 1)))
    gray.save(buffer, kind, exif=exif, **more)
    return buffer.getvalue()


def recolored(data: bytes, kind: str | None = None) -> tuple[bytes, tuple[str, ...]]:
    picture = read_picture(data)
    color = np.zeros((picture.height, picture.width, 3), np.uint8)
    return encode_picture(picture, iter([color]), kind=kind)


@pytest.mark.parametrize("kind", ["jpeg", "webp", "avif"])
def test_from_file_to_file_places_are_turned(kind: str) -> None:
    """An AVIF, as a HEIC, is turned by its decoder, and only its boxes tell."""
    xmp = packet(faces(ATTRIBUTES, SIDES))
    result, notes = recolored(stored(kind, placed_exif("<").to_bytes(), xmp))
    again = read_picture(result)
    assert (again.height, again.width) == (WIDTH, HEIGHT)
    assert notes == (
        "left out, as it could not be turned with the picture: XPosition, SubjectLocation",
    )
    assert for_people(notes) == []
    assert again.metadata.xmp is not None
    assert values(again.metadata.xmp.decode(), *AREA) == ("0.60", "0.25", "0.20", "0.10")
    exif = Exif.from_bytes(again.metadata.exif or b"")
    assert struct.unpack(exif.order + "4H", exif.photo[0x9214].data) == (75, 10, 4, 6)
    assert 0x0100 not in exif.main


def test_the_two_directions_of_a_resolution_change_places() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((HEIGHT, WIDTH), np.uint8)).save(
        buffer, "jpeg", exif=exif, dpi=(300, 150)
    )
    for kind in KINDS:
        result, _ = recolored(buffer.getvalue(), kind)
        metadata = read_picture(result).metadata
        found = metadata.resolution or Exif.from_bytes(metadata.exif or b"").resolution()
        assert found is not None
        assert (found.across, found.down) == pytest.approx((150 / 25.4, 300 / 25.4), rel=1e-3)


def test_guides_and_paths_of_photoshop_are_left_out_and_named() -> None:
    block = photoshop_block(b"\x1c\x02\x5a\x00\x04Graz") + b"".join(
        b"8BIM" + key.to_bytes(2, "big") + b"\0\0" + len(data).to_bytes(4, "big") + data
        for key, data in ((0x0408, b"guides"), (0x07D0, b"path"), (0x03ED, b"ACROSS12DOWN1234"))
    )
    segment = b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block
    for orientation, is_kept in ((1, True), (6, False)):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = stored("jpeg", exif.tobytes())
        result, notes = recolored(data[:2] + segment + data[2:])
        assert b"Graz" in result
        assert (b"guides" in result, b"path" in result) == (is_kept, is_kept)
        assert (b"DOWN1234ACROSS12" in result) != is_kept
        assert any("Photoshop" in note for note in notes) != is_kept
