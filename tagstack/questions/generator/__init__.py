"""A plausible Stack Overflow: questions made from topics and phrases in `data/`, deterministic by seed."""
