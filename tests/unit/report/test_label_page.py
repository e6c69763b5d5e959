import numpy as np
from lxml import html

from tagstack.labels import LabelMatrix
from tagstack.report.label_page import render_labels


def labels(rows, classes):
    lengths = [len(row) for row in rows]
    indices = np.array([tag for row in rows for tag in row], np.int32)
    return LabelMatrix(np.arange(len(rows)), np.cumsum([0, *lengths]).astype(np.int64), indices, classes)


def page(*args):
    return html.document_fromstring(render_labels(labels(*args)))


def test_tags_are_listed_by_use_and_documents_without_one_are_counted():
    shown = page([[0], [0, 1], [], [1], [1]], ("<i>a</i>", "b"))
    assert shown.xpath("//tbody/tr/th/text()") == ["b", "<i>a</i>"]
    assert "Without a tag120.0 % of the documents" in shown.text_content()
    assert len(shown.xpath("//figure//svg")) == 2


def test_tags_that_no_document_carries_are_a_warning():
    assert "1 tag on no document" in page([[0]], ("a", "b")).text_content()
    assert "on no document" not in page([[0, 1]], ("a", "b")).text_content()


def test_no_documents_and_no_tags_have_a_page():
    assert "The vocabulary is empty." in page([], ()).text_content()
