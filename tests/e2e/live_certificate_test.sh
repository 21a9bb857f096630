#!/usr/bin/env bash
# A certificate runs down and is renewed: pebble (ACME server), uacme (client), a TLS
# server that reloads; what heals it is seen by a handshake.
. "$(dirname "$0")/harness.sh"
. "$source_dir/tests/e2e/live_harness.sh"
needs pebble pebble-challtestsrv uacme openssl python3 curl
if ! unshare -m true 2>/dev/null; then
    echo "SKIPPED: no mount namespace here; uacme cannot be told of pebble's certificate" >&2
    exit 77
fi
for name in acme manage dns http tls management; do declare "${name}_port=$(free_port)"; done

# pebble is itself asked over TLS, and uacme trusts what the system trusts.
openssl req -x509 -newkey rsa:2048 -nodes -keyout acme.key -out acme.pem -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null
cat /etc/ssl/certs/ca-certificates.crt acme.pem >bundle.pem
cat >pebble.json <<J
{"pebble": {"listenAddress": "127.0.0.1:$acme_port", "managementListenAddress": "127.0.0.1:$manage_port",
 "certificate": "acme.pem", "privateKey": "acme.key", "httpPort": $http_port, "tlsPort": $tls_port,
 "ocspResponderURL": "", "externalAccountBindingRequired": false}}
J
pebble-challtestsrv -defaultIPv4 127.0.0.1 -defaultIPv6 "" -dns01 "127.0.0.1:$dns_port" -http01 "" -https01 "" \
    -tlsalpn01 "" -management "127.0.0.1:$management_port" >dns.log 2>&1 &
servers+=($!)
PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 pebble -config pebble.json -dnsserver "127.0.0.1:$dns_port" >pebble.log 2>&1 &
servers+=($!)
mkdir -p web/.well-known/acme-challenge uacme
python3 -m http.server -d web --bind 127.0.0.1 "$http_port" >/dev/null 2>&1 &
servers+=($!)

# What runs down: a day is left.
openssl req -x509 -newkey rsa:2048 -nodes -keyout served.key -out served.pem -days 1 -subj /CN=shop.example 2>/dev/null
python3 "$source_dir/tests/e2e/tls_server.py" "$tls_port" served.pem served.key >/dev/null 2>&1 &
tls=$!
servers+=($tls)

cat >renew.sh <<S
cd "$work" || exit 1
exec unshare -m sh -c 'mount --bind bundle.pem /etc/ssl/certs/ca-certificates.crt &&
    UACME_CHALLENGE_PATH=$work/web/.well-known/acme-challenge exec "\$@"' - \
    uacme -y -a https://localhost:$acme_port/dir -c uacme -h /usr/share/uacme/uacme.sh -f "\$1" shop.example
S
cat >account.sh <<S
cd "$work" || exit 1
exec unshare -m sh -c 'mount --bind bundle.pem /etc/ssl/certs/ca-certificates.crt && exec "\$@"' - \
    uacme -y -a https://localhost:$acme_port/dir -c uacme new
S
until_true 20 bash account.sh || fail "no account with pebble: $(tail -n 2 pebble.log)"
cat >deploy.sh <<S
cd "$work" || exit 1
cp uacme/shop.example/cert.pem served.pem && cp uacme/private/shop.example/key.pem served.key && kill -HUP $tls
S
cat >policy.yaml <<'Y'
name: quick
scan_interval: 1s
strategies:
  - name: renew_certificate
    description: renew, check, put in place
    issue: certificate_expiry
    steps:
      - {action: renew_certificate, timeout: 60s}
      - {action: validate_certificate, timeout: 10s}
      - {action: deploy_certificate, timeout: 10s}
    settle: 1s
    verify_hold: 1s
    verify_within: 30s
    prior_success: 0.9
    prior_weight: 10
Y
cat >live.yaml <<Y
name: certificates
data: run
policy: policy.yaml
dry_run: false
api: {port: 0}
certificates:
  - {resource: certificate/shop/web, host: 127.0.0.1, port: $tls_port, name: shop.example}
  - {resource: certificate/shop/away, host: 127.0.0.1, port: 1}
actions:
  - {action: renew_certificate, target: "certificate/*", run: [bash, $work/renew.sh, issue]}
  - {action: validate_certificate, target: "certificate/*", run: [openssl, x509, -checkend, "2678400", -noout, -in, $work/uacme/shop.example/cert.pem]}
  - {action: deploy_certificate, target: "certificate/*", run: [bash, $work/deploy.sh]}
Y
issuer() { openssl s_client -connect "127.0.0.1:$tls_port" -servername shop.example </dev/null 2>/dev/null | openssl x509 -noout -issuer; }
issuer | grep -q "shop.example" || fail "the server does not show the old certificate"
start_live
until_true 60 holds remediations 'any(r["status"] == "success" for r in a)' || fail "not renewed: $(cat live.err)"
same "$(said issues '(a[0]["type"], a[0]["severity"])')" "('certificate_expiry', 'critical')" "the issue"
same "$(said remediations '[x["kind"] for x in a[-1]["actions"]]')" "['renew_certificate', 'validate_certificate', 'deploy_certificate']" "its actions"
issuer | grep -qi pebble || fail "the server does not show pebble's certificate: $(issuer)"
until_true 20 holds 'issues?open=1' 'a == []' || fail "the issue is not closed"
stop_live
for flight in run/flight/*.flight; do expect 0 "$selfheal" replay "$flight"; done
finish
