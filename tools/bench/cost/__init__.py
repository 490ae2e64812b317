"""What tracing costs in a month: AWS's charges for it, and its share of the nodes.

Plain arithmetic on AWS's prices. The program's own share of a node is read from the pods that its
components declare.
"""
