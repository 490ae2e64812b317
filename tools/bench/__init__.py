"""What the program is measured by, beside what others do for the same job."""
