"""Helpers of the unet-lessons course: image segmentation with a U-Net, one module per lesson.

Importing this package alone imports neither TensorFlow nor TensorFlow Datasets:
each lesson imports what it needs, for example ``from lessons_lib.data import load_pets``.
"""

__version__ = "0.1.0"
