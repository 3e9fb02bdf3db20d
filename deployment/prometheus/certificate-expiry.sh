#!/bin/sh
# Writes the expiry time of a certificate for Prometheus: certificate-expiry.sh CERTIFICATE HOST FILE FILE is
# in the folder from which node-exporter collects metrics. acme runs this after every renewal check.
set -eu

end="$(openssl x509 -in "$1" -noout -enddate -dateopt iso_8601)"
end="${end#notAfter=}"
# Without the Z, because BusyBox's date rejects it.
seconds="$(date -u -d "${end%Z}" +%s)"

# node-exporter may read at any moment and as another user: the rename shows it the old file or the new one.
cat >"$3.new" <<EOF
# HELP minitwit_certificate_expiry_timestamp_seconds Until when the certificate of a host is valid
# TYPE minitwit_certificate_expiry_timestamp_seconds gauge
minitwit_certificate_expiry_timestamp_seconds{host="$2"} $seconds
EOF
chmod 644 "$3.new"
mv "$3.new" "$3"
