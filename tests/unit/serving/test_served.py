"""Getting a model ready: one encoder for all that share it, warmed up, and tested with the model's own answers."""

from dataclasses import replace

import pytest

from tagstack.errors import EncoderError, ServiceError
from tagstack.golden import answer
from tagstack.serving import served as served_module
from tagstack.serving.served import make_served
from tagstack.suggestion import Suggester

QUESTIONS = (("java", "<p>sql</p>"), ("python python", ""), ("nothing", "<pre>java</pre>"))


@pytest.fixture
def encoder(make_encoder):
    return make_encoder()


@pytest.fixture
def golden_model(make_model, encoder):
    """A model with golden questions, answered right, or with another score for the first tag."""

    def make(off=0.0):
        model = make_model()
        first, *others = answer(Suggester(model, encoder), QUESTIONS)
        wrong = first.model_copy(update={"scores": (first.scores[0] - off, *first.scores[1:])})
        return replace(model, card=model.card.model_copy(update={"format": 2, "golden": (wrong, *others)}))

    return make


def test_a_loaded_encoder_of_the_same_fingerprint_is_used_again(golden_model, encoder):
    model = golden_model()
    served = make_served(7, model, encoder=encoder)
    assert served.suggester.encoder is encoder
    assert (served.version, served.sha256) == (7, model.sha256)


def test_an_encoder_remembers_tokens_once_when_it_is_loaded(make_model, encoder, monkeypatch):
    remembered = []
    encoder._module().remember = lambda: remembered.append(len(encoder._module().texts))
    monkeypatch.setattr(served_module, "make_suggester", lambda model: Suggester(model, encoder))
    first = make_served(7, make_model())
    assert remembered == [0]  # before anything is encoded
    make_served(8, make_model(), encoder=first.suggester.encoder)
    assert remembered == [0]


def test_another_encoder_is_loaded_by_the_models_own_handle(make_model, make_encoder):
    with pytest.raises(EncoderError, match="Cannot load the encoder 'words'"):
        make_served(7, make_model(), encoder=make_encoder(("go", "java")))


def test_the_warm_up_reaches_from_short_to_long_texts(make_model, encoder):
    make_served(7, make_model(), encoder=encoder)
    lengths = sorted(map(len, encoder._module().texts))
    assert lengths[0] < 100 <= lengths[-1] == encoder.fingerprint.max_characters


def test_the_models_own_answers_are_asked_for_again(golden_model, encoder):
    make_served(7, golden_model(), encoder=encoder)
    assert "python python" in encoder._module().texts


def test_a_model_that_answers_otherwise_is_refused_with_the_first_difference(golden_model, encoder):
    with pytest.raises(ServiceError) as caught:
        make_served(7, golden_model(off=0.1), encoder=encoder)
    message = str(caught.value)
    assert message.startswith("Version 7 does not answer as it did when it was trained (golden question 1: java 0.500")
    assert "doctor" in message
    assert "\n" not in message


def test_a_model_without_golden_questions_is_served_and_the_log_says_so(make_model, encoder, caplog):
    assert make_served(7, make_model(), encoder=encoder).version == 7
    assert [record.getMessage() for record in caplog.records if record.name.startswith("tagstack.serving")] == [
        "Version 7 holds no golden questions: it is served without a self-test"
    ]
