# The stand-in for AWS's daemon as an image, made from the root of the project.
ARG SAMPLE_IMAGE
FROM ${SAMPLE_IMAGE}
USER root
RUN pip install --no-cache-dir --disable-pip-version-check --target /stand-in \
        boto3==1.44.5 pyyaml==6.0.3 requests==2.34.2
ENV PYTHONPATH=/stand-in
COPY tools/rehearsal/stand_in /app/tools/rehearsal/stand_in
COPY tests/e2e/cluster/stand_in_pod.py /app/
USER 10001:10001
ENTRYPOINT ["python", "stand_in_pod.py"]
