# docker build -t wholelog . && docker run -v wholelog:/data -p 127.0.0.1:8420:8420 wholelog
# The image listens on all its addresses, so the configuration needs TLS, or
# plainHTTP behind a proxy: mount it as /etc/wholelog/wholelog.yaml.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -trimpath -ldflags=-s -o /wholelog ./cmd/wholelog

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libstdc++6 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin wholelog \
 && install -d -o wholelog -g wholelog -m 700 /data
COPY --from=build /wholelog /usr/local/bin/wholelog
USER wholelog
WORKDIR /data
VOLUME /data
EXPOSE 8420
HEALTHCHECK --interval=30s --timeout=5s CMD ["wholelog", "status", "--data", "/data", "--since", "1h", "--json"]
ENTRYPOINT ["wholelog"]
CMD ["serve", "-c", "/etc/wholelog/wholelog.yaml"]
