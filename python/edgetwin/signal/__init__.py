"""Signals: feature blocks, the gait pipeline from a raw recording to stride windows, simulated walking for the demo."""

from __future__ import annotations

from .audio_front_end import AudioFrontEnd, FeatureStream
from .decisions import DecisionSmoother
from .feature_block import FeatureBlock, Features, feature_block
from .filters import CausalFilter, butterworth, filtfilt, sosfilt
from .gait import GaitPipeline, GaitSteps
from .gait_causal import CausalBlock, CausalGait
from .gait_folds import subject_folds
from .resampling import Resampler, polyphase, polyphase_taps, resample
from .simulated import simulate_strides
from .sliding_features import SlidingFeatures
from .stream import Stream
from .strides import Strides, cut_strides, initial_contacts
from .threshold import ThresholdDetector
from .walking import Walk, simulate_walk
from .windows import sliding_windows, window_count, windows_to_int8
from .word_spotter import Decision, SmoothedDecisions, WordSpotter

__all__ = [
    "AudioFrontEnd",
    "CausalBlock",
    "CausalFilter",
    "CausalGait",
    "Decision",
    "DecisionSmoother",
    "FeatureBlock",
    "FeatureStream",
    "Features",
    "GaitPipeline",
    "GaitSteps",
    "Resampler",
    "SlidingFeatures",
    "SmoothedDecisions",
    "Stream",
    "Strides",
    "ThresholdDetector",
    "Walk",
    "WordSpotter",
    "butterworth",
    "cut_strides",
    "feature_block",
    "filtfilt",
    "initial_contacts",
    "polyphase",
    "polyphase_taps",
    "resample",
    "simulate_strides",
    "simulate_walk",
    "sliding_windows",
    "sosfilt",
    "subject_folds",
    "window_count",
    "windows_to_int8",
]
