"""Loads what our program needs of the providers' packages for a new cluster, and no more."""

import gc

# As in our own program, for the same reasons.
gc.disable()

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker
import pulumi_eks as eks
import pulumi_kubernetes as kubernetes

LOADED = (
    aws.ec2.LaunchTemplate,
    aws.ecr.Repository,
    aws.eks.Addon,
    aws.iam.Role,
    aws.kms.Key,
    aws.xray.SamplingRule,
    docker.Image,
    eks.Cluster,
    kubernetes.apps.v1.DaemonSet,
    kubernetes.core.v1.Service,
    kubernetes.networking.v1.NetworkPolicy,
    kubernetes.policy.v1.PodDisruptionBudget,
)
pulumi.export("loaded", len(LOADED))

gc.freeze()
gc.enable()
