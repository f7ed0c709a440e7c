"""Crisis detection: pure, no I/O but loading its own files, the same on both Pythons."""

from bot.crisis.context import ANSWERED_NO, ANSWERED_UNCLEAR, ANSWERED_YES
from bot.crisis.detector import Detector, LoadingDetector
from bot.crisis.levels import Finding, Level

__all__ = ["ANSWERED_NO", "ANSWERED_UNCLEAR", "ANSWERED_YES", "Detector", "Finding", "Level", "LoadingDetector"]
