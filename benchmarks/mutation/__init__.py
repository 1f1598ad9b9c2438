"""Faults of kernel calls, proofs that some of them change nothing, and who finds the others."""
