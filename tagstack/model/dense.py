"""The dense head: one hidden layer with dropout, in Keras."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from tagstack.config import DenseSettings, ModelSettings
from tagstack.encoder.runtime import tensorflow
from tagstack.model.heads import Examples, FeedForward

if TYPE_CHECKING:
    import keras

STEPS_PER_CALL = 20
"""Training steps in one call into TensorFlow: the same weights, with less of Python between them."""

LEAST_STEPS = 50
"""Steps of an epoch: small sets get smaller batches, or patience ends before more than the tags' shares is learnt."""


def fit(train: Examples, calibrate: Examples, settings: ModelSettings) -> FeedForward:
    """Fit until the loss on the calibration part has not fallen for some epochs, and keep the best epoch's weights.

    Deterministic under the seed on one machine: operations, shuffling and dropout.
    """
    _prepare()
    import keras  # noqa: PLC0415 - TensorFlow takes seconds to import

    keras.utils.set_random_seed(settings.seed)
    options = settings.dense
    network = _network(options, inputs=train.vectors.shape[1], outputs=train.tags.shape[1])
    network.fit(
        train.vectors,
        train.tags,
        batch_size=min(options.batch_size, max(len(train.vectors) // LEAST_STEPS, 16)),
        epochs=options.max_epochs,
        validation_data=(calibrate.vectors, calibrate.tags),
        validation_batch_size=4096,
        callbacks=[keras.callbacks.EarlyStopping(patience=options.patience, restore_best_weights=True)],
        verbose=0,
    )
    arrays = [np.asarray(array, np.float32) for array in network.get_weights()]
    keras.backend.clear_session()
    return FeedForward(tuple(zip(arrays[::2], arrays[1::2], strict=True)))


def _network(options: DenseSettings, *, inputs: int, outputs: int) -> keras.Model:
    import keras  # noqa: PLC0415 - as above

    network = keras.Sequential(
        [
            keras.Input((inputs,)),
            keras.layers.Dense(options.units, activation="relu"),
            keras.layers.Dropout(options.dropout),
            keras.layers.Dense(outputs),
        ]
    )
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(options.learning_rate), loss=loss, steps_per_execution=STEPS_PER_CALL)
    return network


def _prepare() -> None:
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    tensorflow().config.experimental.enable_op_determinism()
