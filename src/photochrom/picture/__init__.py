"""Pictures: pixels with their profile and metadata, read and written through libvips."""

from photochrom.picture.color import read_color
from photochrom.picture.metadata.fields import Provenance
from photochrom.picture.picture import Picture
from photochrom.picture.reading.formats import KINDS, PICTURE_SUFFIXES, kind_of_suffix
from photochrom.picture.reading.read import read_picture
from photochrom.picture.tone import Tone
from photochrom.picture.write import encode_picture, write_picture

__all__ = [
    "KINDS",
    "PICTURE_SUFFIXES",
    "Picture",
    "Provenance",
    "Tone",
    "encode_picture",
    "kind_of_suffix",
    "read_color",
    "read_picture",
    "write_picture",
]
