# In the place of Amazon Linux, where it can't be pulled: what images/xray-daemon/Dockerfile uses of it, on Debian, and a
# bucket like AWS's. Its release is our stand-in, signed by the key with this fingerprint.
FROM python:3.13-slim
RUN apt-get -qq update && apt-get -qq install -y --no-install-recommends curl gnupg mawk >/dev/null \
    && mkdir -p /etc/pki/ca-trust/extracted/pem \
    && cp /etc/ssl/certs/ca-certificates.crt /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem \
    && printf '%s\n' '#!/bin/sh' '[ "$1" = clean ] && exit' 'shift $(($# - 1))' 'apt-get -qq install -y "$1"' \
        >/usr/local/bin/dnf \
    && chmod +x /usr/local/bin/dnf
COPY . /bucket
ARG FINGERPRINT
ENV XRAY_ASSETS=file:///bucket XRAY_KEY=${FINGERPRINT}
