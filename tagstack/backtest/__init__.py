"""Replaying history: train on what was known on a day, watch on from there, train again by the rule, and compare."""
