"""Stacks: where a pipeline runs, stores and tracks, and what its components are asked to do."""
