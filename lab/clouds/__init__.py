"""Clouds that cannot be reached from here: what their orchestrators would be sent, and how it is checked."""
