"""Lets the benchmarks use what the tests of grading are made of."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "grading"))
