"""Edge Impulse: its estimates, deployments, data and results, through the vendor's own SDK.

>>> from edgetwin.integrations import edge_impulse
>>> print(edge_impulse.profile("stride.tflite", "cortex-m4f-80mhz"))
>>> edge_impulse.deploy("stride.tflite", "zip", out="stride.zip")
>>> impulse = edge_impulse.from_edge_impulse("stride.zip")

The key comes from EI_API_KEY; `Rehearsal` stands in for the servers without one.
"""

from .comparing import ResultsComparison, WindowComparison, compare
from .deploying import deploy
from .deployment import DeployedImpulse, from_edge_impulse
from .listing import DeploymentTarget, ProfileDevice, list_devices, list_targets
from .loopback import Request
from .profiling import CloudProfile, Memory, VariantProfile, profile
from .rehearsal import Rehearsal
from .results import SampleResult, StudioResults, WindowResult, download_results, read_results
from .uploading import PlannedUpload, UploadedFile, UploadReport, plan_upload, upload

__all__ = [
    "CloudProfile",
    "DeployedImpulse",
    "DeploymentTarget",
    "Memory",
    "PlannedUpload",
    "ProfileDevice",
    "Rehearsal",
    "Request",
    "ResultsComparison",
    "SampleResult",
    "StudioResults",
    "UploadReport",
    "UploadedFile",
    "VariantProfile",
    "WindowComparison",
    "WindowResult",
    "compare",
    "deploy",
    "download_results",
    "from_edge_impulse",
    "list_devices",
    "list_targets",
    "plan_upload",
    "profile",
    "read_results",
    "upload",
]
