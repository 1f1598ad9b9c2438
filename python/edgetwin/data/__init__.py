"""Recordings, data files that users have, and the model that ships with the package."""

from __future__ import annotations

from .demo import demo_model
from .files import Samples, load_file, load_samples
from .folder import Recordings, RecordingStream, Skipped, load, stream
from .folder_write import write_folder
from .formats import read_recording, write_recording
from .recording import LabelSpan, Recording, Sensor
from .sets import Split, split, window_labels, window_starts
from .simulated_falls import FALL_CLASSES, FALL_RATE_HZ, simulate_falls
from .simulated_gait import simulate_gait
from .tripod import GaitRecording, GaitReference, TripodTrial, load_tripod, tripod_trials

__all__ = [
    "FALL_CLASSES",
    "FALL_RATE_HZ",
    "GaitRecording",
    "GaitReference",
    "LabelSpan",
    "Recording",
    "RecordingStream",
    "Recordings",
    "Samples",
    "Sensor",
    "Skipped",
    "Split",
    "TripodTrial",
    "demo_model",
    "load",
    "load_file",
    "load_samples",
    "load_tripod",
    "read_recording",
    "simulate_falls",
    "simulate_gait",
    "split",
    "stream",
    "tripod_trials",
    "window_labels",
    "window_starts",
    "write_folder",
    "write_recording",
]
