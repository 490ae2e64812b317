"""Runs the Pulumi program on one machine, without Pulumi's CLI, AWS or a cluster."""
