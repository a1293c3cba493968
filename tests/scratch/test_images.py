import pickle
import pickletools
import struct

import numpy as np
import pytest

from thalweg.scratch import load_cifar10
from thalweg.scratch.images import TEST_FILE, TRAINING_FILES, read_batch, read_pickle

CHANCE = np.random.default_rng(0)


def images(n):
    return CHANCE.integers(0, 256, (n, 3072)).astype(np.uint8), CHANCE.integers(0, 10, n).tolist()


def python_2(data, labels):
    """A batch as Python 2 wrote it: protocol 2, its texts as byte strings, with numpy's old names."""

    def text(value):
        return b"U" + bytes([len(value)]) + value

    shape = b"".join(b"J" + struct.pack("<i", size) for size in data.shape) + b"\x86"
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n" + b"cnumpy\nndarray\n" + b"K\x00\x85" + text(b"b") + b"\x87R"
        b"(K\x01" + shape + b"cnumpy\ndtype\n" + text(b"u1") + b"K\x00K\x01\x87R"
        b"(K\x03" + text(b"|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89T" + struct.pack("<i", data.nbytes) + data.tobytes() + b"tb"
    )  # fmt: skip
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return (
        b"\x80\x02}(" + text(b"data") + array + text(b"labels") + numbers + text(b"batch_label") + text(b"one") + b"u."
    )


def python_3(data, labels, protocol=2):
    return pickle.dumps({b"data": data, b"labels": labels, b"filenames": [b"a.png"] * len(labels)}, protocol)


@pytest.mark.parametrize("written", [python_2, python_3, lambda *part: python_3(*part, protocol=4)])
def test_a_batch_is_read_as_it_was_written(tmp_path, written):
    data, labels = images(7)
    path = tmp_path / "data_batch_1"
    path.write_bytes(written(data, labels))
    list(pickletools.genops(path.read_bytes()))  # It is a whole pickle.
    X, y = read_batch(path)
    np.testing.assert_array_equal(X, data.reshape(7, 3, 32, 32))
    assert y.tolist() == labels


@pytest.mark.parametrize(
    "array", [np.asfortranarray(CHANCE.integers(0, 256, (4, 3072)).astype(np.uint8)), np.arange(4, dtype=">i4")]
)
def test_arrays_of_either_order_are_read(tmp_path, array):
    path = tmp_path / "any"
    path.write_bytes(pickle.dumps({b"data": array}, protocol=2))
    np.testing.assert_array_equal(read_pickle(path)[b"data"], array)


def folder_of(tmp_path, n=20):
    parts = {name: images(n) for name in (*TRAINING_FILES, TEST_FILE)}
    for name, part in parts.items():
        (tmp_path / name).write_bytes(python_2(*part))
    return parts


def test_the_course_split_and_mean(tmp_path):
    parts = folder_of(tmp_path)
    found = load_cifar10(tmp_path, training=90, validation=10, test=5, dtype=np.float64)
    whole = np.concatenate([parts[name][0] for name in TRAINING_FILES]).astype(float).reshape(-1, 3, 32, 32)
    labels = sum((parts[name][1] for name in TRAINING_FILES), [])
    mean = whole[:90].mean(0)
    np.testing.assert_allclose(found.X_train, whole[:90] - mean)
    np.testing.assert_allclose(found.X_val, whole[90:] - mean)
    np.testing.assert_allclose(found.X_test, parts[TEST_FILE][0][:5].reshape(-1, 3, 32, 32) - mean)
    assert found.y_train.tolist() + found.y_val.tolist() == labels
    assert found.y_test.tolist() == parts[TEST_FILE][1][:5]
    assert load_cifar10(tmp_path, 1, 1, 1).X_train.dtype == np.float32


def test_more_images_than_there_are_are_refused(tmp_path):
    folder_of(tmp_path)
    with pytest.raises(ValueError, match="load_cifar10: need at least 1 image of each kind, 100 to train"):
        load_cifar10(tmp_path, training=95, validation=10, test=1)


class Evil:
    def __reduce__(self):
        return (open, ("/tmp/thalweg-must-not-exist", "w"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps({b"data": Evil()}), "io.open, which is refused"),
        (b"cos\nsystem\n(S'true'\ntR.", "os.system, which is refused"),
        (b"c__builtin__\neval\n(S'1'\ntR.", "eval, which is refused"),
        (b"cnumpy\nndarray\n(K\x05tR.", "test_batch"),
        (b"cnumpy\ndtype\n(S'O'\ntR.", "an array of type 'O'"),
        (b"c_codecs\nencode\n(S'abc'\nS'zlib'\ntR.", "bytes that are not latin1"),
        (pickle.dumps(np.array([object()])), "which is refused"),
        (pickle.dumps([1, 2]), "test_batch"),
        (python_3(*images(3))[:-2000], "test_batch"),
        (b"", "test_batch"),
        (b"GIF89a nothing of the kind", "test_batch"),
        (b"\x80\x02}(" + b")" + b"\x85" * 5000 + b"K\x01u.", "nests too much"),  # A hash that would overflow the stack.
        (b"\x80\x02}(K\x01" + b"2\x86" * 60 + b"K\x01u.", "operation DUP"),  # One that would take for ever.
        (b"\x80\x02}r\xff\xff\xff\x0f.", "remembers something as number"),  # Gigabytes for nothing.
        (b"\x80\x02cnumpy\ndtype\nN}U\x03abcK\x01s\x86b.", "a function with a state"),
        (b"\x80\x02}(" + b"K\x01K\x01" * 600_000 + b"u.", "which is refused"),
    ],
    ids=range(16),
)
def test_what_is_no_plain_pickle_is_refused(tmp_path, content, message):
    path = tmp_path / "test_batch"
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=f"read_pickle: need a whole pickle of plain arrays, got test_batch .*{message}|{message}"
    ):
        read_pickle(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({b"data": np.zeros((2, 3072)), b"labels": [0, 1]}, "need bytes of shape"),
        ({b"data": np.zeros((2, 5), np.uint8), b"labels": [0, 1]}, "need bytes of shape"),
        ({b"labels": [0, 1]}, "need bytes of shape .* got nothing"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, 10]}, "need a list of labels from 0 to 9"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0]}, "need one label for every image"),
    ],
)
def test_what_is_no_batch_is_refused(tmp_path, content, message):
    path = tmp_path / "data_batch_1"
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(ValueError, match=message):
        read_batch(path)


def test_a_missing_or_huge_file_is_refused(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="need a file to read"):
        load_cifar10(tmp_path)
    monkeypatch.setattr("thalweg.scratch.images.MOST_BYTES", 10)
    folder_of(tmp_path)
    with pytest.raises(ValueError, match="it has more than 10 bytes"):
        load_cifar10(tmp_path)
