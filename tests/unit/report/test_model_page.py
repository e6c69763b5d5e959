import datetime as dt

import numpy as np
from lxml import html

from tagstack.config import ModelSettings
from tagstack.embeddings import EncoderFingerprint
from tagstack.model.calibration import Calibration
from tagstack.model.heads import FeedForward
from tagstack.model.tagmodel import ModelCard, Recipe, TagModel
from tagstack.report.model_page import render_model
from tagstack.split import PartReport

DAY = dt.datetime(2018, 4, 1, tzinfo=dt.UTC)
CLASSES = ("<i>c#</i>", "rare", "sql")


def model(**changes):
    card = ModelCard(
        classes=CLASSES,
        supports=(50, 10, 700),
        encoder=EncoderFingerprint(
            handle="offline", module_sha256="ab", mode="separate", max_characters=1500, dimension=4
        ),
        recipe=Recipe(),
        settings=ModelSettings(),
        parts=(PartReport(part="train", documents=15428, share=0.7, first=DAY, last=DAY),),
        versions={"numpy": "2.4.6"},
        weights_sha256="cd" * 32,
    )
    head = FeedForward(((np.zeros((4, 3), np.float32), np.zeros(3, np.float32)),))
    thresholds = np.array([0.2, 0.3, 0.4], np.float32)
    return TagModel(card.model_copy(update=changes), head, Calibration("none", {}), thresholds)


def page(**changes):
    return html.document_fromstring(render_model(model(**changes)))


def test_identity_training_part_settings_and_libraries_are_shown():
    shown = page().text_content()
    for fact in ("Dense head", "15,428", "cd" * 32, model().sha256, "2018-04-01 00:00", "Dropout", "2.4.6"):
        assert fact in shown


def test_the_vocabulary_is_listed_by_support_with_thresholds():
    shown = page()
    rows = shown.xpath("//table[caption='Vocabulary']/tbody/tr")
    assert [[cell.text_content() for cell in row] for row in rows] == [
        ["sql", "700", "0.400"],
        ["<i>c#</i>", "50", "0.200"],
        ["rare", "10", "0.300"],
    ]
    assert len(shown.xpath("//figure//svg")) == 1


def test_settings_are_shown_to_the_last_digit():
    settings = ModelSettings.model_validate({"dense": {"learning_rate": 0.00025}})
    assert "Learning rate0.00025" in page(settings=settings).text_content()


def test_a_model_that_does_not_record_its_parts_says_so():
    assert "The model does not record it." in page(parts=()).text_content()
