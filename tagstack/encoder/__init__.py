"""The text encoder: the module, loaded or built, batching, and the cache of its vectors.

Importing this package does not import TensorFlow; `load_encoder` does.
"""

from tagstack.encoder.cache import VectorCache
from tagstack.encoder.documents import encode_documents
from tagstack.encoder.encoder import Encoder, encoder_fingerprint, load_encoder

__all__ = ["Encoder", "VectorCache", "encode_documents", "encoder_fingerprint", "load_encoder"]
