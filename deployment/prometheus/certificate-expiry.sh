#!/bin/sh
# Writes the expiry time of a certificate for Prometheus: certificate-expiry.sh CERTIFICATE HOST FILE
# FILE is in the folder from which node-exporter collects metrics. acme.sh runs this after every renewal check.
set -eu

end="$(openssl x509 -in "$1" -noout -enddate -dateopt iso_8601)"
end="${end#notAfter=}"
# Without the Z, because BusyBox's date rejects it.
seconds="$(date -u -d "${end%Z}" +%s)"

# node-exporter may read at any moment, as another user: with the rename it sees either the old file or the new one.
cat >"$3.new" <<EOF
# HELP minitwit_certificate_expiry_timestamp_seconds When the certificate of a host expires
# TYPE minitwit_certificate_expiry_timestamp_seconds gauge
minitwit_certificate_expiry_timestamp_seconds{host="$2"} $seconds
EOF
chmod 644 "$3.new"
mv "$3.new" "$3"
