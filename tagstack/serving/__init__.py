"""The HTTP service: questions in, tags out, decisions kept."""
