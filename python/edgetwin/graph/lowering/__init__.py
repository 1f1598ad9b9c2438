"""Operators of a validated graph -> calls of the device core's kernels, with TFLite Micro's integer parameters.

`table.py` maps an operator's name to the function that lowers it; each function checks everything that its kernel
assumes (dtypes, shapes, quantization) and raises a ModelError or UnsupportedError that names operator and tensor.
"""
