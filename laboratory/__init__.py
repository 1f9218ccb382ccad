"""The researcher's part of the course: pretraining and comparisons, outside the wheel.

``python -m laboratory --help``, in the repository's folder, lists its commands. It imports
``lessons_lib``; nothing in ``lessons_lib`` imports it.
"""
