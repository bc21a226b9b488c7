# The server as an image: docker build -t ciam . ; what each variable means stands in README.md.
# Every step with more than a line is a script of the checkout, which the tests run as well.
FROM python:3.11-slim AS build
WORKDIR /src
COPY .ci/scripts/image-environment .ci/scripts/
COPY requirements.lock ./
RUN .ci/scripts/image-environment /opt/ciam
COPY .ci/scripts/image-wheel .ci/scripts/
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY ciam ciam
COPY templates templates
COPY migrations migrations
COPY providers providers
RUN .ci/scripts/image-wheel /opt/ciam

FROM python:3.11-slim
# The user is a number where it counts: Kubernetes cannot see that a name is not root.
COPY .ci/scripts/image-user /tmp/image-user
RUN /tmp/image-user 10001 /var/lib/ciam
COPY --from=build /opt/ciam /opt/ciam
ENV PATH=/opt/ciam/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CIAM_HOME=/var/lib/ciam \
    CIAM_HOST=0.0.0.0 \
    CIAM_LOG_FORMAT=json
USER 10001:10001
VOLUME /var/lib/ciam
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=2); c.request('GET', '/livez'); assert c.getresponse().status == 200"]
ENTRYPOINT ["ciam"]
CMD ["serve"]
