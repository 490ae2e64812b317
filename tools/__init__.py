"""Everything around the program: `python -m tools`."""
