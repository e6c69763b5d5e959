"""A stand-in for a Kubernetes API server: emulated, but for the containers.

It speaks as much of the API as ZenML's Kubernetes orchestrator asks for, over TLS and with bearer tokens, and starts
each pod as a real container of the lab's engine. What it is not:

- There are no nodes, no scheduler, no cluster network, no volumes and no disk of its own. All containers share this
  machine's network, so that they reach the lab's servers; requests for memory and CPU are kept and not acted upon,
  while limits become the container's.
- A pod has one container and is never restarted; a job has one pod at a time and starts another while its backoff limit
  and its failure policy let it. Controllers of other kinds, watches and discovery are missing.
- A service account may do everything in its namespace once a role binding gives it `edit` or `admin`, and nothing
  before; rights are not told apart any further.
- Objects are in memory: whoever restarts it has an empty cluster.

What it does not know it refuses, naming it: paths and parameters with 501, fields of a manifest with 422. Nothing is
left out silently.
"""
