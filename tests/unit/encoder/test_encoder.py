import subprocess
import sys

import numpy as np

from tagstack.config import EncoderSettings
from tagstack.encoder import encoder_fingerprint, load_encoder


def test_the_light_fingerprint_is_the_loaded_ones(offline):
    assert encoder_fingerprint(EncoderSettings()) == offline.fingerprint


def test_the_fingerprint_needs_no_tensorflow():
    code = (
        "import sys; from tagstack.config import EncoderSettings; from tagstack.encoder import encoder_fingerprint\n"
        "encoder_fingerprint(EncoderSettings()); sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_documents_vector_is_twice_as_long_where_title_and_text_are_separate():
    assert encoder_fingerprint(EncoderSettings(mode="concatenated")).dimension == 512
    assert encoder_fingerprint(EncoderSettings(mode="separate")).dimension == 1024


def test_a_late_encoder_loads_nothing_until_it_encodes(monkeypatch):
    def load(handle):
        raise AssertionError(handle)

    monkeypatch.setattr("tagstack.encoder.encoder.load_module", load)
    encoder = load_encoder(EncoderSettings(), late=True)
    assert encoder.encode(["", "  "]).shape == (2, 512)


def test_blank_texts_are_zero_and_others_keep_their_place(offline):
    vectors = offline.encode(["git", "", "how to sort", " \n", "git"])
    assert not vectors[[1, 3]].any()
    np.testing.assert_allclose(np.linalg.norm(vectors[[0, 2, 4]], axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[0], vectors[4], atol=2e-6)


def test_no_texts_give_no_vectors(offline):
    assert offline.encode([]).shape == (0, 512)


def test_texts_are_cut(make_encoder, letters):
    encoder = make_encoder(max_characters=3)
    np.testing.assert_array_equal(encoder.encode(["abcdef"]), encoder.encode(["  abc "]))
    assert set(letters.texts) == {"abc"}


def test_long_lists_are_encoded_in_several_calls(offline, monkeypatch):
    monkeypatch.setattr("tagstack.encoder.encoder._CALL_CHARACTERS", 40)
    texts = ["how to sort a list", "git", "a longer question about something", "x", "y"]
    done = []
    vectors = offline.encode(texts, progress=done.append)
    assert sum(done) == 5
    assert len(done) > 1
    np.testing.assert_allclose(vectors, np.concatenate([offline.encode([text]) for text in texts]), atol=2e-6)
