from tagstack.encoder.tokens import count_tokens


def test_counting_goes_on_after_a_training_in_the_same_process():
    import keras

    assert count_tokens(["How do I parse a date?", "list"]) == 12
    keras.backend.clear_session()  # as before each training of the dense head
    assert count_tokens(["list"]) == 3


def test_without_texts_there_is_nothing_to_count():
    assert count_tokens([]) == 0
