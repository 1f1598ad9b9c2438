"""Operators that compute in float32: one file a concept, as for integers. Only the host runs them."""
