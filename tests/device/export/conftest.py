"""What needs sources of others is collected where they are."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("EDGETWIN_CMSIS_NN") else ["test_cmsis_nn_checkout.py"]
