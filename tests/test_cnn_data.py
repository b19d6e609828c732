"""MNIST comes from files, a mirror or nowhere, and is trained on only if it is what was published."""

import gc
import gzip
import hashlib
import http.server
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from fake_mnist import TEST, TRAINING, Fake, digits, fake

from xlbackprop.cnn.errors import BadData

torch = pytest.importorskip("torch")
pytest.importorskip("torchvision")

from xlbackprop.cnn import fetch  # noqa: E402
from xlbackprop.cnn.data import Mnist, load  # noqa: E402

SHARED = Path(__file__).parents[2] / "shared" / "mnist"
CPU = torch.device("cpu")
NOWHERE = "http://127.0.0.1:9/mnist"  # the port of `discard`, where nobody listens

# urllib leaves a socket open where a server answers with an error or not at all.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(autouse=True)
def sockets_are_swept_up() -> Iterator[None]:
    """Here and not in the middle of another test."""
    yield
    gc.collect()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that tells nobody what it served."""

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Four small files that pass for the published ones."""
    made = fake(tmp_path / "source")
    monkeypatch.setattr(fetch, "FILES", made.files)
    return made


@pytest.fixture
def mirror(source: Fake) -> Iterator[str]:
    """A loopback server over them, packed only."""
    for path in source.raw.glob("*-ubyte"):
        path.unlink()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(source.raw)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def packed(source: Fake, to: Path) -> Path:
    """The four packed files copied to where torchvision looks for them."""
    raw = to / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in source.raw.glob("*.gz"):
        shutil.copy(path, raw)
    return raw


def holds_the_digits(mnist: Mnist) -> None:
    for found, count, seed in ((mnist.training, TRAINING, 1), (mnist.judging, TEST, 2)):
        images, labels = digits(count, seed)
        assert np.array_equal(found.images.numpy(), images.astype(np.uint8))
        assert np.array_equal(found.labels.numpy(), labels)


def test_files_that_lie_there_need_no_network(source: Fake, tmp_path: Path) -> None:
    packed(source, tmp_path / "data")
    holds_the_digits(load(tmp_path / "data", NOWHERE, 0, CPU))


def test_unpacked_files_alone_will_do(source: Fake) -> None:
    for path in source.raw.glob("*.gz"):
        path.unlink()
    holds_the_digits(load(source.data_dir, NOWHERE, 0, CPU))


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_mirror_is_fetched_from_and_the_second_time_needs_none(
    mirror: str, tmp_path: Path, slash: str, capsys: pytest.CaptureFixture[str]
) -> None:
    holds_the_digits(load(tmp_path / "data", mirror + slash, 0, CPU))
    holds_the_digits(load(tmp_path / "data", NOWHERE, 0, CPU))
    assert capsys.readouterr() == ("", "")


def test_only_what_is_missing_is_fetched(source: Fake, mirror: str, tmp_path: Path) -> None:
    raw = packed(source, tmp_path / "data")
    (raw / "t10k-labels-idx1-ubyte.gz").unlink()
    for path in source.raw.glob("t*-images*"):
        path.unlink()
    holds_the_digits(load(tmp_path / "data", mirror, 0, CPU))


def test_a_holdout_is_the_end_of_the_training_set_and_the_test_set_is_not_read(source: Fake) -> None:
    (source.raw / "t10k-labels-idx1-ubyte.gz").unlink()
    images, labels = digits(TRAINING, 1)
    mnist = load(source.data_dir, NOWHERE, 100, CPU)
    assert len(mnist.training) == TRAINING - 100
    assert mnist.judging.first == TRAINING - 100
    assert np.array_equal(mnist.judging.labels.numpy(), labels[-100:])
    assert np.array_equal(mnist.training.images.numpy(), images[:-100].astype(np.uint8))


def test_no_files_and_no_network_names_url_folder_and_files(source: Fake, tmp_path: Path) -> None:
    with pytest.raises(BadData) as error:
        load(tmp_path / "data", NOWHERE, 0, CPU)
    for needed in (f"{NOWHERE}/{source.files[0].name}.gz", "refused", str(tmp_path / "data" / "MNIST" / "raw")):
        assert needed in str(error.value)
    assert all(f"{one.name}.gz" in str(error.value) for one in source.files)


def test_without_a_mirror_torchvisions_own_are_named(
    source: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torchvision.datasets import MNIST

    monkeypatch.setattr(MNIST, "mirrors", [f"{NOWHERE}/1/", f"{NOWHERE}/2/"])
    with pytest.raises(BadData, match=rf"tried {NOWHERE}/1/train-images\S+ and {NOWHERE}/2/train-images"):
        load(tmp_path / "data", None, 0, CPU)


def test_a_file_that_the_mirror_lacks_is_a_404_with_its_url(source: Fake, mirror: str, tmp_path: Path) -> None:
    (source.raw / "t10k-images-idx3-ubyte.gz").unlink()
    with pytest.raises(BadData, match="404"):
        load(tmp_path / "data", mirror, 0, CPU)


@pytest.mark.parametrize("url", ["http://[", "http://127.0.0.1:99999", "file:///nowhere"])
def test_a_mirror_that_is_none_is_told_as_such(source: Fake, tmp_path: Path, url: str) -> None:
    with pytest.raises(BadData, match="could not be fetched"):
        load(tmp_path / "data", url, 0, CPU)


DAMAGE = {
    "cut short": lambda data: data[:-100],
    "one bit turned": lambda data: data[:50] + bytes([data[50] ^ 1]) + data[51:],
    "empty": lambda data: b"",
    "a page of a web portal": lambda data: b"<html>Sign in</html>",
}


@pytest.mark.parametrize("ending", [".gz", ""])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_named_with_both_sums_and_left_alone(source: Fake, damage: str, ending: str) -> None:
    one = source.files[2]
    if ending:
        for path in source.raw.glob("*-ubyte"):
            path.unlink()
    path = source.raw / f"{one.name}{ending}"
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    found = hashlib.md5(path.read_bytes()).hexdigest()
    with pytest.raises(BadData) as error:
        load(source.data_dir, NOWHERE, 0, CPU)
    for needed in (str(path), found, one.packed if ending else one.unpacked):
        assert needed in str(error.value)
    assert path.exists()


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_comes_damaged_over_the_network_does_not_stay(
    source: Fake, mirror: str, tmp_path: Path, damage: str
) -> None:
    one = source.files[1]
    good = (source.raw / f"{one.name}.gz").read_bytes()
    (source.raw / f"{one.name}.gz").write_bytes(DAMAGE[damage](good))
    with pytest.raises(BadData) as error:
        load(tmp_path / "data", mirror, 0, CPU)
    assert one.name in str(error.value)
    assert one.packed in str(error.value)
    (source.raw / f"{one.name}.gz").write_bytes(good)
    holds_the_digits(load(tmp_path / "data", mirror, 0, CPU))


def test_a_folder_that_cannot_be_made_is_named(source: Fake, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadData, match="file"):
        load(tmp_path / "file", NOWHERE, 0, CPU)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the four published files are not in ../shared/mnist")
def test_the_published_files_have_the_sums_that_are_listed(tmp_path: Path) -> None:
    for one in fetch.FILES:
        data = (SHARED / f"{one.name}.gz").read_bytes()
        sums = tuple(hashlib.md5(part).hexdigest() for part in (data, gzip.decompress(data)))
        assert sums == (one.packed, one.unpacked)


def test_torchvision_lists_the_same_sums() -> None:
    from torchvision.datasets import MNIST

    assert MNIST.resources == [(f"{one.name}.gz", one.packed) for one in fetch.FILES]
