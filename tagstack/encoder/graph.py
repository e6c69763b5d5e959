"""Universal Sentence Encoder multilingual v3 as a TensorFlow module: strings in, unit vectors out.

The network (Yang et al. 2020, "Multilingual Universal Sentence Encoder for Semantic Retrieval", the CNN variant) embeds
tokens, runs three branches of two n-gram layers over them, normalises, sums over tokens and ends in dense layers.

The arithmetic is arranged so that most of it is not done twice:

- Projection and normalisation see one token at a time, and the first n-gram layer is a sum over its tokens. So both are
  computed once for each *distinct* token of a call, and the layer adds up rows of a table. In the texts of questions
  this leaves about 0.7 of 1.7 million multiply-adds a token.
- Small calls have few tokens in common. Once told to `remember` the most probable tokens, the module computes only
  those that are left: a tenth of a question's distinct ones. That takes 250 MB.
- Nothing is padded to the longest text. The tokens of all texts stand in one long row, two zero rows behind each text,
  which is all that an n-gram of five can reach.
- The row is worked off in tiles of whole texts and about `TILE` tokens, which fit in a core's cache; several tiles run
  at once.

Importing this module imports TensorFlow.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tensorflow_text

from tagstack.encoder.weights import DIMENSION, Branch, Weights

TILE = 512
"""Tokens from which a tile is full."""
_PARALLEL_TILES = 4
_GAP = 2
"""Zero rows behind each text."""
_FEATURES = 1280
_REMEMBERED = 16_384


class _Tables(NamedTuple):
    """What depends on single tokens, a row each; the last row is zero and stands for `no token`."""

    embedding: tf.Tensor  # float32[tokens + 1, 512]
    inputs: list[tf.Tensor]  # of each branch: float32[tokens + 1, 256]
    products: list[tf.Tensor]  # of each branch: float32[(tokens + 1) * order, 256]


class _Row(NamedTuple):
    """The tokens of all texts in one row."""

    tokens: tf.Tensor  # int32[rows + 2 * _GAP]: each row's place in the tables, _GAP empty rows before and behind
    empty: tf.Tensor  # int32: the tables' zero row
    starts: tf.Tensor  # int32[texts + 1]: where each text begins, and the end


class SentenceEncoder(tf.Module):  # type: ignore[misc]
    """A module as TensorFlow Hub serves it: call it with a string tensor of shape [n], get float32[n, 512]."""

    def __init__(self, weights: Weights, vocabulary: bytes) -> None:
        super().__init__(name="universal_sentence_encoder")
        self.tokenizer = tensorflow_text.SentencepieceTokenizer(vocabulary, add_bos=True, add_eos=True)
        self.table = _variable(weights.table)
        self.scale = _variable(weights.scale)
        self.offset = _variable(weights.offset)
        self.projection = _variable(weights.projection)
        self.first = [_variable(branch.first) for branch in weights.branches]
        self.second = [_variable(branch.second) for branch in weights.branches]
        self.dense = {name: _variable(values) for name, values in weights.dense.items()}
        self._branches = weights.branches
        self._epsilon = weights.epsilon
        # Saved empty: what is remembered takes a quarter of a second to compute.
        self.probable = _variable(_most_probable(self.tokenizer))
        self.remembered_as = _variable(np.full(len(weights.table), -1, np.int32))
        self.remembered = [
            tf.Variable(tf.zeros([0, width]), trainable=False, shape=[None, width]) for width in self._widths()
        ]

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)  # type: ignore[untyped-decorator]
    def __call__(self, texts: tf.Tensor) -> tf.Tensor:
        """Encode texts.

        Args:
            texts: string[n], UTF-8.

        Returns:
            float32[n, 512], rows of length one.
        """
        ids = self.tokenizer.tokenize(tf.concat([texts, [""]], axis=0))  # never without a text, so never without a tile
        distinct, places = tf.unique(ids.flat_values)
        tables = self._tables(distinct)
        sums = self._sums(tables, _row(ids, places, tf.size(distinct)))
        return self._vectors(sums, tf.cast(ids.row_lengths(), tf.float32)[:, None])[:-1]

    @tf.function(input_signature=[], autograph=False)  # type: ignore[untyped-decorator]
    def remember(self) -> None:
        """Keep what depends on the most probable tokens alone; not while texts are encoded."""
        for kept, values in zip(self.remembered, self._compute(self.probable), strict=True):
            kept.assign(values)
        rows = tf.range(tf.size(self.probable))
        self.remembered_as.assign(tf.tensor_scatter_nd_update(self.remembered_as, self.probable[:, None], rows))

    def _tables(self, tokens: tf.Tensor) -> _Tables:
        row = tf.gather(self.remembered_as, tokens)
        known = row >= 0
        places = [tf.cast(tf.where(part)[:, 0], tf.int32) for part in (known, ~known)] + [tf.size(tokens)[None]]
        rows, computed = tf.boolean_mask(row, known), self._compute(tf.boolean_mask(tokens, ~known))
        tables = [
            tf.dynamic_stitch(places, [tf.gather(kept, rows), values, tf.zeros([1, kept.shape[1]])])
            for kept, values in zip(self.remembered, computed, strict=True)
        ]
        branches = len(self._branches)
        products = [tf.reshape(table, [-1, self._widths()[1]]) for table in tables[1 + branches :]]
        return _Tables(embedding=tables[0], inputs=tables[1 : 1 + branches], products=products)

    def _widths(self) -> list[int]:
        """Return the widths of what `_compute` returns."""
        width = self.projection.shape[1] // len(self._branches)
        return [DIMENSION, *(width for _ in self._branches), *(branch.order * width for branch in self._branches)]

    def _compute(self, tokens: tf.Tensor) -> list[tf.Tensor]:
        """Return what depends on each token alone: its embedding, then each branch's input, then its products."""
        chunk = tokens % tf.size(self.scale)
        scale, offset = tf.gather(self.scale, chunk)[:, None], tf.gather(self.offset, chunk)[:, None]
        embedding = tf.cast(tf.gather(self.table, tokens), tf.float32) * scale + offset
        projected = tf.matmul(embedding, self.projection) + self.dense["projection_bias"]
        normalised = self._normalise(projected) * self.dense["projection_gain"] + self.dense["projection_shift"]
        inputs = tf.split(normalised, len(self._branches), axis=1)
        products = [
            tf.matmul(values, first) + _centre_bias(branch)
            for branch, first, values in zip(self._branches, self.first, inputs, strict=True)
        ]
        return [embedding, *inputs, *products]

    def _normalise(self, rows: tf.Tensor) -> tf.Tensor:
        rows -= tf.reduce_mean(rows, axis=1, keepdims=True)
        return rows * tf.math.rsqrt(tf.reduce_mean(tf.square(rows), axis=1, keepdims=True) + self._epsilon)

    def _sums(self, tables: _Tables, row: _Row) -> tf.Tensor:
        """Return each text's sum of normalised token features: float32[texts, 1280]."""
        first_texts = _first_texts(row.starts)
        tiles = tf.size(first_texts) - 1
        sums = tf.TensorArray(tf.float32, tiles, infer_shape=False, element_shape=[None, _FEATURES])

        def step(tile: tf.Tensor, sums: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            starts = row.starts[first_texts[tile] : first_texts[tile + 1] + 1]
            tokens = row.tokens[starts[0] : starts[-1] + 2 * _GAP]
            return tile + 1, sums.write(tile, self._tile(tables, _Row(tokens, row.empty, starts - starts[0])))

        _, sums = tf.while_loop(lambda tile, _: tile < tiles, step, (0, sums), parallel_iterations=_PARALLEL_TILES)
        return sums.concat()

    def _tile(self, tables: _Tables, row: _Row) -> tf.Tensor:
        tokens = row.tokens[_GAP:-_GAP]
        real = tf.not_equal(tokens, row.empty)
        features = [tf.gather(tables.embedding, tokens)]
        features += [self._features(number, tables, row, real) for number in range(len(self._branches))]
        mean = tf.add_n([tf.reduce_sum(part, axis=1) for part in features]) / _FEATURES
        square = tf.add_n([tf.reduce_sum(tf.square(part), axis=1) for part in features]) / _FEATURES
        scale = tf.where(real, tf.math.rsqrt(square - tf.square(mean) + self._epsilon), 0.0)
        position = tf.range(tf.size(tokens))[None]
        inside = (position >= row.starts[:-1, None]) & (position < row.starts[1:, None])
        weights = tf.where(inside, scale[None], 0.0)
        sums = tf.concat([tf.matmul(weights, part) for part in features], axis=1)
        return sums - tf.reduce_sum(weights * mean[None], axis=1, keepdims=True)

    def _features(self, number: int, tables: _Tables, row: _Row, real: tf.Tensor) -> tf.Tensor:
        """Return a branch's output for each row of a tile: float32[rows, 256]."""
        branch = self._branches[number]
        rows, before = tf.size(real), _GAP - branch.left
        window = tf.stack([row.tokens[before + place :][:rows] for place in range(branch.order)], axis=1)
        window = tf.where(real[:, None], window, row.empty) * branch.order + tf.range(branch.order)
        owner = tf.repeat(tf.range(rows), branch.order)
        hidden = tf.nn.relu(tf.sparse.segment_sum(tables.products[number], tf.reshape(window, [-1]), owner))
        hidden += tf.gather(tables.inputs[number], row.tokens[_GAP:-_GAP])
        padded = tf.pad(hidden, [[branch.left, branch.order - 1 - branch.left], [0, 0]])
        convolved = tf.nn.conv1d(padded[None], self.second[number], 1, "VALID")
        return tf.nn.relu(tf.nn.bias_add(convolved, branch.second_bias))[0] + hidden

    def _vectors(self, sums: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        dense = self.dense
        sums = sums * dense["ln_g"] + lengths * dense["ln_b"]
        pooled = (tf.matmul(sums, dense["cnn_W"]) + lengths * dense["cnn_b"]) * tf.math.rsqrt(lengths)
        hidden = tf.matmul(tf.nn.relu(tf.matmul(pooled, dense["d0"])), dense["d1"])
        hidden = tf.nn.relu(hidden + tf.matmul(pooled, dense["p1"]))
        output = tf.matmul(tf.nn.relu(tf.matmul(hidden, dense["d2"])), dense["d3"])
        output = tf.tanh(output + tf.matmul(hidden, dense["p3"]))
        return tf.ensure_shape(tf.math.l2_normalize(output, axis=1, epsilon=self._epsilon), [None, DIMENSION])


def _variable(values: npt.NDArray[np.generic]) -> tf.Variable:
    return tf.Variable(values, trainable=False)


def _most_probable(tokenizer: tensorflow_text.SentencepieceTokenizer) -> npt.NDArray[np.int32]:
    """Return the tokens that questions are made of: the first in ASCII, as a vocabulary is ordered by probability."""
    names = tokenizer.id_to_string(tf.range(tokenizer.vocab_size())).numpy()
    return np.array([token for token, name in enumerate(names) if _plain(name)][:_REMEMBERED], np.int32)


def _plain(name: bytes) -> bool:
    return name.replace("\u2581".encode(), b"").isascii()


def _centre_bias(branch: Branch) -> npt.NDArray[np.float32]:
    """Return the first layer's bias in the place of the current token, which every window holds once."""
    bias = np.zeros((branch.order, len(branch.first_bias)), np.float32)
    bias[branch.left] = branch.first_bias
    return bias.ravel()


def _row(ids: tf.RaggedTensor, places: tf.Tensor, empty: tf.Tensor) -> _Row:
    text = tf.cast(ids.value_rowids(), tf.int32)
    at = tf.range(tf.size(places)) + _GAP * (text + 1)
    starts = tf.cast(ids.row_splits, tf.int32) + _GAP * tf.range(tf.cast(ids.nrows(), tf.int32) + 1)
    row = tf.fill([starts[-1] + 2 * _GAP], empty)
    return _Row(tf.tensor_scatter_nd_update(row, at[:, None], places), empty, starts)


def _first_texts(starts: tf.Tensor) -> tf.Tensor:
    """Return the number of each tile's first text, and behind them the number of texts."""
    tile = tf.unique(starts[:-1] // TILE).idx
    return tf.searchsorted(tile, tf.range(tile[-1] + 2))
