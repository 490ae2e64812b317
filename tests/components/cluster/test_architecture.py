import pytest

from components.architecture import (
    DEFAULT_INSTANCE_TYPES,
    Architecture,
    architecture_of,
    platform_of,
)

INSTANCE_TYPES = {
    Architecture.ARM64: (
        *("a1.medium", "t4g.nano", "m6g.large", "m6gd.metal", "c7gn.xlarge", "r8g.48xlarge"),
        *("x2gd.large", "im4gn.large", "is4gen.medium", "g5g.xlarge", "hpc7g.4xlarge"),
        *("i8g.large", "m8gb.large", "x8g.medium"),
    ),
    Architecture.AMD64: (
        *("t2.micro", "t3.medium", "t3a.small", "m5.large", "m7i-flex.large", "c7a.large"),
        *("g4dn.xlarge", "g5.xlarge", "g6e.xlarge", "gr6.4xlarge", "u-6tb1.112xlarge"),
        *("p5.48xlarge", "inf2.xlarge", "trn1.2xlarge", "x2iezn.2xlarge", "mac1.metal"),
    ),
}


@pytest.mark.parametrize("architecture", Architecture)
def test_instance_type_tells_its_architecture(architecture: Architecture) -> None:
    types = (*INSTANCE_TYPES[architecture], DEFAULT_INSTANCE_TYPES[architecture])
    assert [each for each in types if architecture_of(each) != architecture] == []
    assert platform_of(architecture) == f"linux/{architecture.value}"
