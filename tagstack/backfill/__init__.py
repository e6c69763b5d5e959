"""Encoding a whole history of questions into the vector cache, in shards."""
