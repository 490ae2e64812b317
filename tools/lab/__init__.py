"""Runs the program in-process, on stand-ins of its providers."""
