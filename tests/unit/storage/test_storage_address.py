import pytest

from photochrom.errors import InputError
from photochrom.storage.address import parse_place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("s3://bucket/scans/", "s3://bucket/scans"),
        ("S3://bucket", "s3://bucket"),
        ("file:///data/scans", "/data/scans"),
        ("albums/1923", "albums/1923"),
        ("C:/scans", "C:/scans"),
        ("s3://bucket/a [1] 100%.jpg", "s3://bucket/a [1] 100%.jpg"),
    ],
)
def test_places(text: str, place: str) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "s3://AKIAKEY:hunter2@bucket/scans",
        "az://container/a.jpg?sv=2024&sig=hunter2",
        "s3://bucket/a.jpg?X-Amz-Signature=hunter2",
        "https://AKIAKEY:hunter2@bucket.s3.amazonaws.com/a.jpg",
        "ftp://AKIAKEY:hunter2@host/a.jpg",
        "s3://",
        "s3:///scans",
        "s3://bucket/../other",
        "file://host/share",
        "simplecache::s3://bucket",
    ],
)
def test_refused_without_repeating_what_may_be_secret(text: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_place(text)
    assert "hunter2" not in str(refused.value)
    assert "AKIA" not in str(refused.value)
    assert "\n" not in str(refused.value)
