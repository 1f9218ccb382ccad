"""The command line: one module a group of commands, each light until a command runs."""
