"""A stand-in for a Kubernetes cluster, for tests of what talks to one: see api.py, controllers.py, node.py."""
