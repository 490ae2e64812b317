"""The X-Ray daemon."""
