# A collector that needs no library, made from the directory that its program is in.
FROM scratch
ARG PROGRAM=otelcol
COPY ${PROGRAM} /otelcol
USER 10001:10001
ENTRYPOINT ["/otelcol"]
