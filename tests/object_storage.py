"""An S3 storage on this machine, for tests: moto's server, with one empty bucket."""

from collections.abc import Iterator
from contextlib import contextmanager

import fsspec
import pytest

HIDDEN = "nobody-may-read-this"


@contextmanager
def local_s3(bucket: str) -> Iterator[str]:
    """Serve a bucket; the environment leads fsspec to it. Gives the address of the bucket."""
    moto = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with pytest.MonkeyPatch.context() as patch:
        server.start()
        fsspec.get_filesystem_class("s3").clear_instance_cache()  # which may know another server
        host, port = server.get_host_and_port()
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "tests")
        patch.setenv("AWS_SECRET_ACCESS_KEY", HIDDEN)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        fsspec.filesystem("s3", use_listings_cache=False).mkdir(bucket)
        yield f"s3://{bucket}"
        server.stop()
