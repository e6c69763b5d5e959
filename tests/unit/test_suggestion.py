"""Suggestions: the text recipe of training, the order and the thresholds, and the one encoder that fits."""

import datetime as dt
from itertools import islice

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagstack import contract, preparation
from tagstack.config import ContractSettings, EncoderSettings, PreparationSettings, PrivacySettings, SampleSettings
from tagstack.errors import FingerprintError, ModelError
from tagstack.model.tagmodel import Recipe, save_model
from tagstack.questions.generator.posts import generate
from tagstack.questions.schema import QUESTION
from tagstack.suggestion import LONGEST, Suggester, load_suggester, prepare_question, question_sha256
from tagstack.table import RAW_QUESTIONS, write_table

MOMENT = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def suggester(make_model, make_encoder):
    return Suggester(make_model(), make_encoder())


def as_trained(questions, recipe):
    """What the steps of training make of titles and bodies, by number; fewer than there were, as some are dropped."""
    rows = [
        {"post_id": number, "created_at": MOMENT, "title": title, "body": body, "raw_tags": "<c>", "score": 0}
        for number, (title, body) in enumerate(questions, start=1)
    ]
    raw = write_table(
        [pa.RecordBatch.from_pylist([row | {"unreadable": []} for row in rows], RAW_QUESTIONS)], RAW_QUESTIONS
    )
    loose = ContractSettings(max_bad_share=0.0, max_empty_title_share=1.0, max_empty_body_share=1.0)
    clean = contract.validate(raw, settings=loose, privacy=recipe.privacy, since=None, until=None, now=MOMENT)
    documents = preparation.prepare(clean.questions, settings=recipe.preparation).documents
    return {row["post_id"]: (row["title"], row["text"]) for row in documents.arrow().to_pylist()}


def assert_same_recipe(questions, recipe):
    trained = as_trained(questions, recipe)
    assert trained == {at: prepare_question(*questions[at - 1], recipe) for at in trained}
    return trained


def test_generated_questions_are_prepared_as_in_training():
    posts = [post.row for post in islice(generate(SampleSettings()), 800)]
    questions = [(row["Title"], row["Body"]) for row in posts if row["PostTypeId"] == QUESTION and row["Title"]]
    trained = assert_same_recipe([(title, body) for title, body in questions if body], Recipe())
    assert len(trained) > 200
    assert any("[email]" in text for _, text in trained.values())


ODD = [
    (
        "  C# &amp; .NET\tin\n node.js ",
        "<p>Is <b>f</b>oo&nbsp;&lt;bar&gt; <i>utf-8</i>?</p><pre><code>x &lt; 1</code></pre>",
    ),
    ("Mail ann@example.org or 10.1.2.3", "<p>ssh ann@<b>example</b>.org, C:\\Users\\ann\\x, @ann thanks</p>"),
    ("Cafe\u0301 \ufb01", "<p>n\u0303 \u2028 \u00a0 x</p><script>a</script><!-- b -->and enough letters"),
    ("Broken <markup", "<p>One <pre>two</p> three</pre> <unknown a=1>four &notanentity; &#0; five"),
    ("Long", "<p>" + "word " * 9000 + "</p>"),
    ("Nothing but code", "<pre><code>" + "a = 1\n" * 50 + "</code></pre>"),
    ("", "<p>No title but a body of some length</p>"),
    ("No body but a title of some length", ""),
]


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(),
        Recipe(privacy=PrivacySettings(kinds=("email",)), preparation=PreparationSettings(max_text_characters=30)),
        Recipe(privacy=PrivacySettings(kinds=())),
    ],
)
def test_odd_questions_are_prepared_as_in_training(recipe):
    assert len(assert_same_recipe(ODD, recipe)) == len(ODD)


PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<pre>",
        "</pre>",
        "<b>",
        "&lt;",
        "&",
        "<",
        " ",
        "\n",
        "@ann",
        "a@b.cc",
        "10.0.0.1",
        "C#",
        "é",
        "e\u0301",
    ]
)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.lists(PIECES | st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)] * 2),
        min_size=5,
        max_size=20,
    )
)
def test_any_question_is_prepared_as_in_training(pieces):
    kept = ("A title that is kept", "<p>A body that is kept</p>")
    assert_same_recipe([kept, *(("".join(title), "".join(body)) for title, body in pieces)], Recipe())


def test_what_is_no_character_is_repaired_and_nothing_fails():
    assert prepare_question("a\0b \udcff", "<p>c\0d \ud83d</p>", Recipe()) == ("ab \ufffd", "cd \ufffd")


def test_a_body_of_five_megabytes_is_read_to_its_millionth_character():
    filler = "<p>10.0.0.1 &amp; so on</p>"
    assert ContractSettings().max_body_characters == LONGEST
    recipe = Recipe(preparation=PreparationSettings(max_text_characters=10**9))
    _, text = prepare_question("T", filler * 200_000, recipe)
    assert len(text.split("[ip]")) - 1 == pytest.approx(LONGEST / len(filler), abs=1)


def test_tags_are_ranked_by_probability_and_suggested_from_their_threshold(suggester):
    [found] = suggester.suggest(["sql sql"], ["<p>python, or: sql python</p>"])
    assert found.top == ["sql", "python", "java"]
    assert found.scores == pytest.approx([0.880797, 0.5, 0.268941])
    assert found.suggested == ["sql", "python"]


def test_equal_probabilities_are_ranked_by_alphabet(suggester):
    [found] = suggester.suggest(["nothing known"], [""])
    assert (found.top, found.suggested) == (["java", "python", "sql"], [])


def test_suggested_tags_are_not_limited_by_the_number_of_ranked_ones(suggester):
    [found] = suggester.suggest(["java python sql"], [""], top=1)
    assert (found.top, len(found.scores)) == (["java"], 1)
    assert found.suggested == ["java", "python", "sql"]


def test_more_ranked_tags_than_the_model_has_are_as_many_as_it_has(suggester):
    [found] = suggester.suggest(["sql"], [""], top=50)
    assert len(found.top) == len(found.scores) == 3


def test_a_question_gets_the_same_answer_alone_and_among_others(suggester):
    titles, bodies = ["sql", "", "java java"], ["<p>java</p>", "", "<pre>sql</pre>"]
    alone = [suggester.suggest([title], [body])[0] for title, body in zip(titles, bodies, strict=True)]
    assert suggester.suggest(titles, bodies) == alone
    assert alone[2].suggested == ["java"]


def test_no_questions_are_no_work(suggester):
    assert suggester.suggest([], []) == []


def test_the_encoder_sees_no_personal_data(make_model, make_encoder):
    encoder = make_encoder()
    Suggester(make_model(), encoder).suggest(["sql for ann@example.org"], ["<p>on 10.1.2.3</p>"])
    assert sorted(encoder._module().texts) == ["on [ip]", "sql for [email]"]


@pytest.fixture(scope="module")
def module_folder(tmp_path_factory):
    """A real SavedModel, of three numbers a text: it scales with one weight."""
    from tagstack.encoder.runtime import tensorflow

    tf = tensorflow()

    class Lengths(tf.Module):
        def __init__(self, scale):
            self.scale = tf.Variable(scale)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, texts):
            lengths = tf.cast(tf.strings.length(texts), tf.float32)
            return self.scale * tf.stack([lengths, -lengths, 0 * lengths], axis=1)

    def save(scale):
        folder = tmp_path_factory.mktemp("module")
        tf.saved_model.save(Lengths(scale), str(folder))
        return folder

    return save


def test_a_saved_model_answers_with_its_own_encoder(make_model, module_folder, tmp_path):
    from tagstack.encoder import load_encoder

    chosen = EncoderSettings(handle=str(module_folder(0.1)))
    encoder = load_encoder(chosen)
    model = make_model(fingerprint=encoder.fingerprint, recipe=Recipe(encoder=chosen))
    save_model(model, tmp_path)
    [found] = load_suggester(tmp_path).suggest(["x" * 20], ["<p>" + "y" * 30 + "</p>"])
    assert found.top == ["java", "sql", "python"]
    assert found.scores == pytest.approx(1 / (1 + np.exp([-4.0, 1.0, 6.0])), abs=1e-5)


def test_an_encoder_that_changed_since_training_is_refused(make_model, module_folder, tmp_path):
    from tagstack.encoder import load_encoder

    trained_with, now = (EncoderSettings(handle=str(module_folder(scale))) for scale in (0.1, 0.2))
    fingerprint = load_encoder(trained_with).fingerprint.model_copy(update={"handle": now.handle})
    save_model(make_model(fingerprint=fingerprint, recipe=Recipe(encoder=now)), tmp_path)
    with pytest.raises(FingerprintError, match="has changed: its SHA-256 begins with") as caught:
        load_suggester(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match="No model in"):
        load_suggester(tmp_path)


def test_equal_questions_have_one_hash_and_others_another():
    assert question_sha256("Cafe\u0301 in\nC#", " <p>x</p>\n") == question_sha256("Café in C#", "<p>x</p>")
    assert question_sha256("a b", "c") != question_sha256("a", "b c")
