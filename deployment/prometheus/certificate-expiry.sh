#!/bin/sh
# Tells Prometheus until when a certificate is valid: certificate-expiry.sh CERTIFICATE HOST FILE
# FILE lies in the folder whose files node-exporter adds to its own figures. acme runs this after every look at its own.
set -eu

end="$(openssl x509 -in "$1" -noout -enddate -dateopt iso_8601)"
end="${end#notAfter=}"
# Without the Z, for the date of BusyBox.
seconds="$(date -u -d "${end%Z}" +%s)"

# node-exporter reads at any moment, and as another user: it finds the old file or the new one.
cat >"$3.new" <<EOF
# HELP minitwit_certificate_expiry_timestamp_seconds Until when the certificate of a host is valid
# TYPE minitwit_certificate_expiry_timestamp_seconds gauge
minitwit_certificate_expiry_timestamp_seconds{host="$2"} $seconds
EOF
chmod 644 "$3.new"
mv "$3.new" "$3"
