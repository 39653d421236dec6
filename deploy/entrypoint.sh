#!/bin/sh
# Make a folder for reports, trust mounted certificates besides the usual ones; then run.
# A single run tells by its exit status how it ended, which `ocean sail` doesn't. Its log
# is all that is left of a pod. Any other run says at once if its settings can't work.
set -eu
folder=/usr/local/share/ca-certificates
bundle=/tmp/ocean/ca-certificates.crt
# Only the probe needs it, and not every pod mounts a folder that can be written to.
mkdir -p /tmp/ocean/probe_reports 2>/dev/null || :

if [ -n "$(find "$folder" -name '*.crt' 2>/dev/null)" ]; then
    # A file may lack the line break at its end, which the next one needs.
    for certificates in "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$folder"/*.crt; do
        cat "$certificates"
        echo
    done >"$bundle"
    export SSL_CERT_FILE="$bundle"
fi
if [ "$*" = "ocean sail" ]; then
    case "${OCEAN__EVENT_LISTENER:-}${OCEAN__EVENT_LISTENER__TYPE:-}" in
        *ONCE*) set -- python -m commands.run_once --verbose ;;
        *) set -- python -m commands.start ;;
    esac
fi
exec "$@"
