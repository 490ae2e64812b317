"""The least that a Pulumi program can be."""

import pulumi

pulumi.export("greeting", "hello")
