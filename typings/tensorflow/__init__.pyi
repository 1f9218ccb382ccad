# TensorFlow ships no types, and those that type checkers bring along know half of what it takes:
# here it is anything, so that what the checker says is about the course's own code.
from typing import Any

def __getattr__(name: str) -> Any: ...
