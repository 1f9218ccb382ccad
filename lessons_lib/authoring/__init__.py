"""For those who write the course: run its notebooks, and refresh what they show."""
