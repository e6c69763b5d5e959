import pytest

from tagstack.nomination import Nomination


def nomination(champion):
    return Nomination(model_name="tagstack", candidate=2, sha256="ab" * 32, champion=champion)


@pytest.mark.parametrize(
    ("champion", "serves", "words"),
    [
        (None, False, "version 2, as the first"),
        (1, False, "version 2, against version 1, which is in production"),
        (2, True, "version 2, which is in production already"),
    ],
)
def test_a_nomination_says_against_whom(champion, serves, words):
    assert nomination(champion).serves_already is serves
    assert str(nomination(champion)) == words
