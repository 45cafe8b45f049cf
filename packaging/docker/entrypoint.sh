#!/bin/sh
# Runs torrential as PUID:PGID, never as root. The state folder is given to that user; downloads are left as they are.
set -eu
if [ "$(id -u)" -ne 0 ]; then
  exec torrential "$@"
fi
if [ "$PUID" -eq 0 ]; then
  echo "torrential: PUID=0 is root; choose another user" >&2
  exit 78
fi
chown "$PUID:$PGID" /state
chmod 700 /state
exec gosu "$PUID:$PGID" env HOME=/state torrential "$@"
