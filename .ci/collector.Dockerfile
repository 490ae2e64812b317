# The collector of .ci/collector.yaml, made from the directory that it is in.
FROM scratch
COPY otelcol /otelcol
USER 10001:10001
ENTRYPOINT ["/otelcol"]
