import numpy as np
import pytest

from tagstack.config import EncoderSettings
from tagstack.encoder import load_encoder
from tagstack.encoder.module import files_sha256
from tagstack.errors import EncoderError


@pytest.fixture(scope="module")
def folders(tf, tmp_path_factory):
    """Saved modules of several kinds."""
    strings = tf.TensorSpec([None], tf.string)

    class Lengths(tf.Module):
        @tf.function(input_signature=[strings])
        def __call__(self, texts):
            length = tf.cast(tf.strings.length(texts), tf.float32)
            return tf.stack([length, length + 1, length * 2], axis=1)

    class Named(tf.Module):
        @tf.function(input_signature=[strings])
        def encode(self, texts):
            return {"default": Lengths()(texts)}

    class Numbers(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def __call__(self, numbers):
            return numbers

    class Counts(tf.Module):
        @tf.function(input_signature=[strings])
        def __call__(self, texts):
            return tf.strings.length(texts)

    root = tmp_path_factory.mktemp("modules")
    for kind in (Lengths, Numbers, Counts):
        tf.saved_model.save(kind(), str(root / kind.__name__))
    named = Named()
    tf.saved_model.save(named, str(root / "Named"), signatures={"default": named.encode})
    (root / "Empty").mkdir()
    return root


def load(handle):
    return load_encoder(EncoderSettings(handle=str(handle), mode="concatenated"))


@pytest.mark.parametrize("kind", ["Lengths", "Named"])
def test_a_local_folder_works_by_configuration_alone(folders, kind):
    encoder = load(folders / kind)
    np.testing.assert_array_equal(encoder.encode(["abc", "a"]), [[3, 4, 6], [1, 2, 2]])
    assert encoder.fingerprint.dimension == 3
    assert encoder.fingerprint.handle == str(folders / kind)


def test_texts_go_to_a_module_in_small_batches_of_like_length(folders, monkeypatch):
    encoder = load_encoder(EncoderSettings(handle=str(folders / "Lengths"), batch_size=4))
    texts = ["a" * (1 + 7 * number % 23) for number in range(30)]
    sizes = [len(rows) for rows, _ in encoder.stream(texts)]
    assert sizes == [4] * 7 + [2]
    np.testing.assert_array_equal(encoder.encode(texts)[:, 0], [len(text) for text in texts])


def test_the_fingerprint_follows_the_files(folders):
    before = files_sha256(str(folders / "Lengths"))
    assert before == files_sha256(str(folders / "Lengths"))
    (folders / "Lengths" / "assets" / "note").write_text("changed")
    assert before != files_sha256(str(folders / "Lengths"))


@pytest.mark.parametrize(
    "handle",
    ["/nowhere/at/all", "offfline", "https://127.0.0.1:9/google/universal-sentence-encoder/4", "gopher://x/y", ""],
)
def test_a_handle_that_leads_nowhere_is_one_line_with_the_remedy(tf, handle):
    with pytest.raises(EncoderError, match=r"^Cannot load the encoder .* Set encoder.handle to `offline`") as caught:
        load(handle)
    assert repr(handle) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_saved_model_is_named(folders):
    with pytest.raises(EncoderError, match=r"^Cannot load the encoder '.*Empty'"):
        load(folders / "Empty")


@pytest.mark.parametrize("kind", ["Numbers", "Counts"])
def test_a_module_that_is_no_text_encoder_is_refused(folders, kind):
    with pytest.raises(
        EncoderError, match=rf"^The module '.*{kind}' does not map strings to float vectors: "
    ) as caught:
        load(folders / kind)
    assert "\n" not in str(caught.value)


def test_damaged_weights_are_one_line(folders, tmp_path, tf):
    import shutil

    copy = shutil.copytree(folders / "Lengths", tmp_path / "copy")
    (copy / "saved_model.pb").write_bytes(b"\x00garbage")
    with pytest.raises(EncoderError, match=r"^Cannot load the encoder"):
        load(copy)
