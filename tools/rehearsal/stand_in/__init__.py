"""A small stand-in for the AWS X-Ray daemon, for machines where the real one is not installed.

It takes segments by UDP and sends them to AWS X-Ray in batches, and signs and forwards the X-Ray
SDK's sampling calls by TCP. It is ready as soon as its TCP port accepts connections.
"""
