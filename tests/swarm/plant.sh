#!/usr/bin/env bash
# plant.sh NAME: gives a machine that was never started the images of $LAB/seed. Layers never change, so they are hard
# links; on another file system than the cache they are copied.
set -euo pipefail
seed=$(realpath "$LAB/seed") docker=$LAB/machines/$1/docker
mkdir -p "$docker"
find "$seed" -mindepth 1 -maxdepth 1 ! -name overlay2 -exec cp --archive --target-directory="$docker" {} +
cp --archive --link "$seed/overlay2" "$docker" 2>/dev/null || cp --archive "$seed/overlay2" "$docker"
