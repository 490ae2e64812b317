"""AWS on this machine: moto, and what makes the program's resources in it."""
