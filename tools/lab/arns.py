"""What ARNs of IAM say."""


def role_name_in(role_arn: str) -> str:
    """Returns the name of a role."""
    return role_arn.rsplit("/", 1)[-1]


def issuer_in(oidc_provider_arn: str) -> str:
    """Returns the issuer of an OIDC provider, without `https://`."""
    return oidc_provider_arn.partition(":oidc-provider/")[2]
