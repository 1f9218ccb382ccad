"""The notebooks that a class has handed in: found, graded one by one, reported."""
