#!/usr/bin/env bash
# Live mode on the API server that KUBECONFIG names (kind, k3s, a bare kube-apiserver
# with its controller-manager): what breaks there is an issue of the right type on the
# right resource. Makes a namespace and a node without a kubelet, and takes them away.
. "$(dirname "$0")/harness.sh"
if [ -z "${KUBECONFIG:-}" ]; then
    echo "SKIPPED: $(basename "$0") needs KUBECONFIG, the kubeconfig of an API server where it may make a node" >&2
    exit 77
fi
. "$source_dir/tests/e2e/live_harness.sh"
needs kubectl curl python3
space=selfheal-e2e-$$
node=selfheal-e2e-node-$$
made=()
k() { kubectl -n "$space" "$@"; }
clean() {
    k delete ns "$space" --wait=false >/dev/null 2>&1
    kubectl delete node "$node" >/dev/null 2>&1
    local one
    for one in "${made[@]}"; do kubectl delete crd "$one" >/dev/null 2>&1; done
}
on_leave clean

# The proxy says who we are, so that curl can patch what kubectl of old cannot: status.
proxy_port=$(free_port)
start_proxy() {
    kubectl proxy --port="$proxy_port" >proxy.log 2>&1 &
    proxy=$!
    servers+=($proxy)
    until_true 20 curl -fsS "http://127.0.0.1:$proxy_port/version" || fail "kubectl proxy does not start"
}
patch() { # PATH JSON - merges into the status of an object
    curl -fsS -X PATCH -H 'Content-Type: application/merge-patch+json' -d "{\"status\":$2}" \
        "http://127.0.0.1:$proxy_port$1/status" >/dev/null || fail "patch of $1"
}
pods=/api/v1/namespaces/$space/pods
runs() { # POD - as a kubelet would say it
    patch "$pods/$1" '{"phase":"Running","conditions":[{"type":"Ready","status":"True"}],"containerStatuses":[{"name":"c","image":"i","imageID":"i","ready":true,"restartCount":0,"state":{"running":{"startedAt":"2026-01-01T00:00:00Z"}}}]}'
}
loops() { # POD - killed for memory, and held back
    patch "$pods/$1" '{"phase":"Running","conditions":[{"type":"Ready","status":"False"}],"containerStatuses":[{"name":"c","image":"i","imageID":"i","ready":false,"restartCount":5,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"reason":"OOMKilled","exitCode":137,"finishedAt":"2026-01-01T00:00:00Z"}}}]}'
}
beats() { # STATUS - the node's heart, once
    local now
    now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    patch "/api/v1/nodes/$node" "{\"conditions\":[{\"type\":\"Ready\",\"status\":\"$1\",\"reason\":\"Test\",\"message\":\"\",\"lastHeartbeatTime\":\"$now\",\"lastTransitionTime\":\"$now\"}]}"
}
names() { k get pods -l app="$1" --field-selector=status.phase!=Failed -o jsonpath='{range .items[?(@.spec.nodeName)]}{.metadata.name}{"\n"}{end}'; }
has_pods() { [ "$(names "$1" | wc -l)" -eq "$2" ]; }

start_proxy
kubectl create ns "$space" >/dev/null || fail "no namespace"
kubectl apply -f - >/dev/null <<Y || fail "no node"
apiVersion: v1
kind: Node
metadata: {name: $node}
spec: {taints: [{key: selfheal-e2e, effect: NoSchedule}]}
Y
echo True >heart
(while sleep 4; do beats "$(cat heart)" 2>/dev/null; done) &
servers+=($!)
beats True
workload() { # NAME REPLICAS
    k apply -f - >/dev/null <<Y || fail "no workload $1"
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1}
spec:
  replicas: $2
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec:
      nodeName: $node
      terminationGracePeriodSeconds: 0
      containers: [{name: c, image: "registry.invalid/none:1"}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: $1-data}}]
      tolerations: [{operator: Exists}]
Y
}
k apply -f - >/dev/null <<Y
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: web-data}
spec: {accessModes: [ReadWriteOnce], storageClassName: none, resources: {requests: {storage: 1Gi}}}
Y
workload web 3
until_true 60 has_pods web 3 || fail "the controllers make no pods: $(k get pods)"
for pod in $(names web); do runs "$pod"; done

# What others bring: only where nobody has brought it yet.
custom() { # GROUP VERSION KIND PLURAL
    kubectl get crd "$4.$1" >/dev/null 2>&1 && return 1
    kubectl apply -f - >/dev/null <<Y && made+=("$4.$1")
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: $4.$1}
spec:
  group: $1
  scope: Namespaced
  names: {kind: $3, plural: $4, singular: ${3,,}}
  versions:
    - name: $2
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
Y
}

cat >live.yaml <<Y
name: kube
data: run
rediscover: 1s
api: {port: 0}
kubernetes: {namespaces: [$space], timeout: 2s}
Y
open_issue() { holds 'issues?open=1' "any(i['type']=='$1' and i['resource']=='$2' for i in a)"; }
closed_issue() { holds 'issues?open=1' "not any(i['type']=='$1' and i['resource']=='$2' for i in a)"; }
knows() { # SQL - a figure of the database that is not 0
    python3 -c 'import sqlite3,sys; sys.exit(not sqlite3.connect("file:run/run.db?mode=ro", uri=True).execute(sys.argv[1]).fetchone()[0])' "$1"
}
edge() { knows "SELECT count(*) FROM relations r JOIN resources s ON s.id = r.source_id JOIN resources t ON t.id = r.target_id WHERE s.name LIKE '$1' AND r.relation = '$2' AND t.name = '$3'"; }

start_live SCAN_INTERVAL_SECONDS=1
same "$(said 'issues?open=1' 'a')" "[]" "issues of a cluster that is well"
edge "pod/$space/web-%" owned_by "workload/$space/web" || fail "pods are not owned by their Deployment"
edge "pod/$space/web-%" runs_on "node/default/$node" || fail "pods do not run on their node"
edge "pod/$space/web-%" mounts "volume/$space/web-data" || fail "pods do not mount their claim"

# A crash loop; and the pod that comes in its place is the old one healed.
sick=$(names web | head -n 1)
loops "$sick"
until_true 20 open_issue pod_crash "pod/$space/$sick" || fail "a crash loop is no issue: $(ask 'issues?open=1')"
until_true 10 grep -q "restart_pod" live.out || fail "no plan for it is printed"
k delete pod "$sick" --wait=true >/dev/null
until_true 30 has_pods web 3 || fail "no new pod comes"
for pod in $(names web); do runs "$pod"; done
until_true 60 closed_issue pod_crash "pod/$space/$sick" || fail "a pod that was replaced is not healed: $(ask 'issues?open=1')"

# What is new is taken in.
workload late 1
until_true 60 has_pods late 1 || fail "no late pod"
late=$(names late)
runs "$late"
until_true 30 knows "SELECT count(*) FROM resources WHERE name = 'pod/$space/$late'" || fail "a new pod is not taken in"
loops "$late"
until_true 20 open_issue pod_crash "pod/$space/$late" || fail "the new pod's crash loop is no issue"
runs "$late"

# cert-manager and the Trivy operator, that come while it runs, and a node.
if custom cert-manager.io v1 Certificate certificates; then
    until_true 20 k get certificates.cert-manager.io || fail "no kind Certificate"
    k apply -f - >/dev/null <<Y || fail "no certificate"
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web}
spec: {secretName: web}
status: {notAfter: "$(date -u -d '+5 days' +%Y-%m-%dT%H:%M:%SZ)"}
Y
    until_true 100 open_issue certificate_expiry "certificate/$space/web" || fail "a certificate with 5 days left is no issue"
fi
set=$(k get replicasets -l app=web -o jsonpath='{.items[0].metadata.name}')
if custom aquasecurity.github.io v1alpha1 VulnerabilityReport vulnerabilityreports; then
    until_true 20 k get vulnerabilityreports.aquasecurity.github.io || fail "no kind VulnerabilityReport"
    k apply -f - >/dev/null <<Y || fail "no report"
apiVersion: aquasecurity.github.io/v1alpha1
kind: VulnerabilityReport
metadata:
  name: replicaset-$set-c
  labels: {trivy-operator.resource.kind: ReplicaSet, trivy-operator.resource.name: $set, trivy-operator.resource.namespace: $space}
report: {summary: {criticalCount: 1, highCount: 0, mediumCount: 4, lowCount: 0}}
Y
    until_true 100 open_issue security_vulnerability "workload/$space/web" || fail "a critical vulnerability is no issue"
fi
echo False >heart
beats False
until_true 60 open_issue pod_crash "node/default/$node" || fail "a node that is not ready is no issue: $(ask 'issues?open=1')"
echo True >heart
beats True
for pod in $(names web) $(names late); do runs "$pod"; done
stop_live
expect 0 "$selfheal" replay "$(ls run/flight/*.flight | head -n 1)"

# Another way in: a url that asks nobody who he is, which dies and comes back.
rm -rf run
is_not_ready() { [ "$(curl -s -o /dev/null -w '%{http_code}' "$api/ready")" = 503 ]; }
is_ready() { [ "$(curl -s -o /dev/null -w '%{http_code}' "$api/ready")" = 200 ]; }
unset_kube=(-u KUBECONFIG HOME="$work")
start_live "${unset_kube[@]}" KUBERNETES_URL="http://127.0.0.1:$proxy_port" SCAN_INTERVAL_SECONDS=1
kill "$proxy"
wait "$proxy" 2>/dev/null
until_true 20 is_not_ready || fail "it is ready without an API server"
[[ $(curl -s "$api/ready") == *"kubernetes does not answer"* ]] || fail "ready does not say why: $(curl -s "$api/ready")"
curl -s "$api/metrics" | grep -q '^self_healing_source_up{source="kubernetes"} 0' || fail "the metrics do not say so"
start_proxy
until_true 90 is_ready || fail "it does not come back with the API server"
stop_live

# A pod's way in: a service account that may look, whose token is rotated.
kubectl create -f - >/dev/null <<Y || fail "no role"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: $space}
rules: [{apiGroups: ["", apps], resources: [pods, persistentvolumeclaims, replicasets, deployments, statefulsets, daemonsets], verbs: [get, list, watch]}]
Y
k create serviceaccount watch >/dev/null
k create rolebinding watch --clusterrole="$space" --serviceaccount="$space:watch" >/dev/null
token_of() {
    curl -fsS -X POST -H 'Content-Type: application/json' -d '{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":3600}}' \
        "http://127.0.0.1:$proxy_port/api/v1/namespaces/$space/serviceaccounts/watch/token" | python3 -c 'import json,sys; print(json.load(sys.stdin)["status"]["token"])'
}
kubectl config view --raw --minify --flatten -o json >seen.json
server=$(json seen.json clusters.0.cluster.server | tr -d '"')
mkdir -p account
json seen.json clusters.0.cluster.certificate-authority-data | tr -d '"' | base64 -d >account/ca.crt
token_of >account/token
echo "$space" >account/namespace
address=${server#https://}
address=${address%%/*}
rm -rf run
sed -i "s|^kubernetes:.*|kubernetes: {namespaces: [$space], timeout: 2s, service_account: account}|" live.yaml
account=("${unset_kube[@]}" KUBERNETES_SERVICE_HOST="${address%:*}" KUBERNETES_SERVICE_PORT="${address##*:}" SCAN_INTERVAL_SECONDS=1)
start_live "${account[@]}"
knows "SELECT count(*) FROM resources WHERE name = 'workload/$space/web'" || fail "the account sees no workload"
echo nonsense >account/token
until_true 20 is_not_ready || fail "a token that is no good goes unseen"
holds state 'any("401" in s["error"] for s in a["sources"])' || fail "it does not say 401: $(ask state)"
token_of >account/.token && mv account/.token account/token
until_true 90 is_ready || fail "a new token is not taken up"
grep -q nonsense live.out live.err && fail "a token is in the log"
stop_live

# A credential plug-in.
rm -rf run
cat >plug.sh <<'Y'
#!/bin/sh
echo "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"status\":{\"token\":\"$(cat "$(dirname "$0")/account/token")\"}}"
Y
chmod +x plug.sh
cat >plug.yaml <<Y
current-context: plug
clusters: [{name: c, cluster: {server: "$server", certificate-authority: account/ca.crt}}]
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./plug.sh}}}]
contexts: [{name: plug, context: {cluster: c, user: u}}]
Y
sed -i "s|^kubernetes:.*|kubernetes: {namespaces: [$space], timeout: 2s, kubeconfig: plug.yaml}|" live.yaml
start_live "${unset_kube[@]}" SCAN_INTERVAL_SECONDS=1
knows "SELECT count(*) FROM resources WHERE name = 'workload/$space/web'" || fail "the plug-in's user sees no workload"
stop_live
kubectl delete clusterrole "$space" >/dev/null

# What is wrong with a kubeconfig is said with its place.
sed -i 's|current-context: plug|current-context: other|' plug.yaml
expect 2 "$selfheal" live --check --config live.yaml
has err 'plug.yaml: contexts: the context "other" is not there, found plug'
finish
