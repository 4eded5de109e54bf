# One image for serve, worker, migrate and the simulated bank.

FROM node:22-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/web/dist web/dist
RUN mkdir /out && CGO_ENABLED=0 go build -trimpath -ldflags=-s -o /out/ ./cmd/mofasa ./cmd/banksim

FROM debian:bookworm-slim
# wget asks for readiness.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates tzdata wget \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin mofasa \
 && install -d -o mofasa -g mofasa -m 0700 /var/lib/mofasa/keys
COPY --from=build /out/ /usr/local/bin/
ENV MOFASA_LISTEN=0.0.0.0:8080 \
    MOFASA_KEYS_DIR=/var/lib/mofasa/keys
USER mofasa
EXPOSE 8080
ENTRYPOINT ["mofasa"]
CMD ["serve"]
