import numpy as np
import pytest

from tagstack.config import LabelSettings
from tagstack.errors import ModelError
from tagstack.labels import choose_classes, label_documents


def test_the_most_frequent_tags_are_chosen_ties_by_alphabet_and_sorted():
    tags = [["z", "b"], ["z", "a"], ["z", "c"], ["c", "a"], ["b"]]
    assert choose_classes(tags, settings=LabelSettings(size=3, min_support=1)) == ("a", "b", "z")


def test_a_tag_counts_once_a_document_and_needs_its_support():
    tags = [["a", "a"], ["b"], ["b"], ["c"], ["c"]]
    assert choose_classes(tags, settings=LabelSettings(min_support=2)) == ("b", "c")


@pytest.mark.parametrize("tags", [[], [["sql"]] * 30, [["sql", "rare"]] + [["sql"]] * 30])
def test_fewer_than_two_usable_tags_are_refused_with_the_counts(tags):
    with pytest.raises(
        ModelError, match=rf"of \d tags .* {len(tags)} training documents.*a model needs two tags"
    ) as error:
        choose_classes(tags, settings=LabelSettings())
    assert "\n" not in str(error.value)


def test_documents_are_labelled_with_known_tags_only():
    labels = label_documents(np.array([9, 4, 7]), [["sql", "c#"], [], ["other", "sql"]], ("c#", "java", "sql"))
    assert labels.matrix.toarray().tolist() == [[True, False, True], [False] * 3, [False, False, True]]
    assert labels.rows(np.array([7, 9])).toarray().tolist() == [[False, False, True], [True, False, True]]
    assert (labels.indptr.dtype, labels.indices.dtype) == (np.int64, np.int32)
