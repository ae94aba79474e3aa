#!/usr/bin/env bash
# Builds the image that the chart runs, with Docker's buildx.
#
#   images/build.sh              build it for this machine into the local engine
#   PUSH=1 images/build.sh       build it for PLATFORMS and push it, with its provenance and a list of its packages
#   images/build.sh --dry-run    only print the command
#
# IMAGE (ghcr.io/kumulus-dev/kumulus:<version>), PLATFORMS (linux/amd64,linux/arm64), SOURCE_DATE_EPOCH (of the last commit).
# Exit status: 0 built, 69 no container engine here, 64 wrong usage, else that of docker.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1:-}" in
  '') dry= ;;
  --dry-run) dry=yes ;;
  *) echo 'usage: images/build.sh [--dry-run]' >&2; exit 64 ;;
esac

give_up() {
  echo "images/build.sh: $1 Without an engine, \`make bundle\` makes dist/, which is all that the image adds to Node." >&2
  exit 69
}

version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
image=${IMAGE:-ghcr.io/kumulus-dev/kumulus:$version}
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}

command=(docker buildx build --file images/Dockerfile --tag "$image" --build-arg "SOURCE_DATE_EPOCH=$epoch")
if [ -n "${PUSH:-}" ]; then
  command+=(--platform "${PLATFORMS:-linux/amd64,linux/arm64}" --provenance mode=max --sbom true --output "type=image,push=true,rewrite-timestamp=true")
else
  # With provenance the local image is an index, of which kind can't load the half for other platforms (kubernetes-sigs/kind#3795).
  command+=(--provenance false --load)
fi
command+=(.)

if [ -n "$dry" ]; then
  printf '%q ' "${command[@]}"
  echo
  exit 0
fi
command -v docker >/dev/null || give_up 'there is no docker on this machine (https://docs.docker.com/engine/install/).'
docker buildx version >/dev/null 2>&1 || give_up 'this docker has no buildx (https://github.com/docker/buildx#installing).'
docker info >/dev/null 2>&1 || give_up "docker's daemon does not answer: start it, or let this user use it."
exec "${command[@]}"
