# acme_servers.sh - sourced behind live_harness.sh: pebble (an ACME server), uacme (a client)
# and a TLS server whose certificate runs down.

# start_acme - $tls_port serves shop.example with a day left; renew.sh issue and deploy.sh
# are what renews it and puts it in place. Skips, loudly, where that cannot be.
start_acme() {
    needs pebble pebble-challtestsrv uacme openssl python3
    if ! unshare -m true 2>/dev/null; then
        echo "SKIPPED: no mount namespace here; uacme cannot be told of pebble's certificate" >&2
        exit 77
    fi
    for name in acme manage dns http tls management; do declare -g "${name}_port=$(free_port)"; done

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
    until_true 20 issuer || fail "no TLS server"
}

# issuer - of the certificate that is served now.
issuer() { openssl s_client -connect "127.0.0.1:$tls_port" -servername shop.example </dev/null 2>/dev/null | openssl x509 -noout -issuer; }
