import pytest

from components.architecture import (
    DEFAULT_INSTANCE_TYPES,
    Architecture,
    architecture_of,
    platform_of,
)

GRAVITON = (
    *("a1.medium", "t4g.nano", "m6g.large", "m6gd.metal", "c7gn.xlarge", "r8g.48xlarge"),
    *("x2gd.large", "im4gn.large", "is4gen.medium", "g5g.xlarge", "hpc7g.4xlarge", "i8g.large"),
    *("m8gb.large", "x8g.medium"),
)
OTHERS = (
    *("t2.micro", "t3.medium", "t3a.small", "m5.large", "m7i-flex.large", "c7a.large"),
    *("g4dn.xlarge", "g5.xlarge", "g6e.xlarge", "gr6.4xlarge", "u-6tb1.112xlarge", "p5.48xlarge"),
    *("inf2.xlarge", "trn1.2xlarge", "x2iezn.2xlarge", "mac1.metal", "u7i-12tb.224xlarge"),
)


@pytest.mark.parametrize("instance_type", GRAVITON)
def test_instances_with_graviton_are_arm64(instance_type: str) -> None:
    assert architecture_of(instance_type) == Architecture.ARM64


@pytest.mark.parametrize("instance_type", OTHERS)
def test_other_instances_are_amd64(instance_type: str) -> None:
    assert architecture_of(instance_type) == Architecture.AMD64


@pytest.mark.parametrize("architecture", Architecture)
def test_the_default_instance_of_an_architecture_has_it(architecture: Architecture) -> None:
    assert architecture_of(DEFAULT_INSTANCE_TYPES[architecture]) == architecture
    assert platform_of(architecture) == f"linux/{architecture.value}"
