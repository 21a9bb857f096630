#!/usr/bin/env bash
# What deploy/ ships is read by those whom it is for.
. "$(dirname "$0")/harness.sh"
expect 0 "$selfheal" live --check --config "$source_dir/deploy/live.yaml"
has out ", dry run"
python3 - "$source_dir/deploy" >out 2>err <<'P' || fail "deploy/: $(tail -n 1 err)"
import sys, yaml
folder = sys.argv[1]
documents = list(yaml.safe_load_all(open(folder + "/kubernetes.yaml")))
kinds = [d["kind"] for d in documents]
assert kinds == ["Namespace", "ServiceAccount", "ConfigMap", "PersistentVolumeClaim", "Deployment", "Service"], kinds
pod = documents[4]["spec"]["template"]["spec"]
assert pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"]
for container in pod["containers"] + pod["initContainers"]:
    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"] and context["capabilities"]["drop"] == ["ALL"] and not context["allowPrivilegeEscalation"]
open("cluster.yaml", "w").write(documents[2]["data"]["live.yaml"])
replicas = list(yaml.safe_load_all(open(folder + "/kubernetes-replicas.yaml")))[0]["spec"]
one, many = documents[4]["spec"]["template"]["spec"], replicas["template"]["spec"]
assert replicas["replicas"] == 2 and replicas["selector"] == documents[4]["spec"]["selector"]
assert many["initContainers"] == one["initContainers"] and "emptyDir" in many["volumes"][2], "each replica its own folder"
assert [item["name"] for item in many["containers"][0]["env"]] == ["DRY_RUN_MODE", "SELFHEAL_STORE"]
for field in ("securityContext", "livenessProbe", "readinessProbe", "resources", "volumeMounts", "args"):
    assert many["containers"][0][field] == one["containers"][0][field], field
pair = yaml.safe_load(open(folder + "/docker-compose.replicas.yml"))["services"]
assert pair["second"]["environment"] == pair["selfheal"]["environment"] and pair["second"]["read_only"]
assert pair["store"]["ports"] == ["127.0.0.1:5432:5432"] and "@" in pair["second"]["environment"]["SELFHEAL_STORE"]
first, second = (yaml.safe_load(open(f"{folder}/{name}.yaml")) for name in ("live", "second"))
assert first["api"].pop("port") != second["api"].pop("port") and first == second, "second.yaml is live.yaml on another port"
compose = yaml.safe_load(open(folder + "/docker-compose.yml"))
assert compose["services"]["selfheal"]["read_only"] and compose["services"]["selfheal"]["healthcheck"]
assert all("127.0.0.1" in word for service in ("prometheus", "exporter")
           for word in compose["services"][service]["command"] if "listen" in word)
P
expect 0 "$selfheal" live --check --config cluster.yaml
command -v promtool >/dev/null && { promtool check config "$source_dir/deploy/prometheus.yml" >out 2>&1 || fail "$(cat out)"; }
if command -v systemd-analyze >/dev/null; then
    sed 's|^ExecStart=.*|ExecStart=/bin/true|; /^Documentation=/d' "$source_dir/deploy/selfheal.service" >selfheal.service
    systemd-analyze verify ./selfheal.service >out 2>&1 || fail "systemd-analyze verify: $(cat out)"
    if systemd-analyze security --offline=true ./selfheal.service >out 2>&1; then
        level=$(grep -o 'exposure level for[^:]*: [0-9.]*' out | grep -o '[0-9.]*$')
        python3 -c "import sys; sys.exit(not float('${level:-9}') < 3)" || fail "exposure $level is not under 3"
    fi
else
    echo "SKIPPED in part: no systemd-analyze, the unit was not verified" >&2
fi
finish
