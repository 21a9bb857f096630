#!/usr/bin/env bash
# A certificate runs down and is renewed: pebble (ACME server), uacme (client), a TLS
# server that reloads; what heals it is seen by a handshake.
. "$(dirname "$0")/harness.sh"
. "$source_dir/tests/e2e/live_harness.sh"
. "$source_dir/tests/e2e/acme_servers.sh"
needs curl
start_acme
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
