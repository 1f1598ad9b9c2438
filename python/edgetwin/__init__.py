"""The bit-exact twin of a microcontroller's int8 inference, on the host."""

from __future__ import annotations
