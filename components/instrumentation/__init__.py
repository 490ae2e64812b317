"""Traces workloads with AWS's agents for their languages, without a change of their code."""
