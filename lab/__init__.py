"""The lab: real servers on this machine, the pipelines on every stack that they make possible, and what breaks them.

`python -m lab up` starts the servers, `python -m lab run` all of it, `python -m lab down` ends what was started.
"""
