"""Signals: walking simulated for the demo, and strides cut from recordings."""

from __future__ import annotations

from .simulated import simulate_strides
from .strides import Strides, cut_strides, initial_contacts
from .walking import Walk, simulate_walk

__all__ = ["Strides", "Walk", "cut_strides", "initial_contacts", "simulate_strides", "simulate_walk"]
