"""Loads what our program needs of the providers' packages on a cluster that exists; no more."""

import gc

# As in our own program, for the same reasons.
gc.disable()

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker
import pulumi_kubernetes as kubernetes

LOADED = (
    aws.ecr.Repository,
    aws.eks.PodIdentityAssociation,
    aws.iam.Role,
    aws.xray.SamplingRule,
    docker.Image,
    kubernetes.apps.v1.DaemonSet,
    kubernetes.core.v1.Service,
    kubernetes.networking.v1.NetworkPolicy,
    kubernetes.policy.v1.PodDisruptionBudget,
)
pulumi.export("loaded", len(LOADED))

gc.freeze()
gc.enable()
