#!/usr/bin/env bash
# Every action that live mode does in Kubernetes, on the API server that KUBECONFIG names,
# as the service account of deploy/kubernetes/rbac.yaml and nobody else; then drift, the
# lease with two replicas, and kill -9. Wants a kube-controller-manager beside the server
# and no kubelet: the test says what runs. Its namespaces, roles and node go away again.
. "$(dirname "$0")/harness.sh"
if [ -z "${KUBECONFIG:-}" ]; then
    echo "SKIPPED: $(basename "$0") needs KUBECONFIG, the kubeconfig of an API server where it may make roles and a node" >&2
    exit 77
fi
. "$source_dir/tests/e2e/live_harness.sh"
needs kubectl curl python3 sqlite3
space=selfheal-act-$$ staging=selfheal-act-$$-staging node=selfheal-act-$$ class=selfheal-act-$$
kube_act=$(dirname "$selfheal")/tests/kube_act
[ -x "$kube_act" ] || { fail "no $kube_act" && finish; }
export KUBE_ACT_AT
KUBE_ACT_AT=$(date +%s)
k() { kubectl -n "$space" "$@"; }
made=()
clean() {
    {
        kubectl delete ns "$space" "$staging" --wait=false
        kubectl delete node "$node" "$node-b"
        kubectl delete storageclass "$class"
        kubectl delete pv "$space-data" "$space-fixed" --wait=false
        kubectl delete clusterrole,clusterrolebinding "$space-watch" "$space-act" "$space-reconcile"
        for one in "${made[@]}"; do kubectl delete crd "$one"; done
    } >/dev/null 2>&1
}
on_leave clean

# -- the account and its rights -----------------------------------------------------------
kubectl create ns "$space" >/dev/null && kubectl create ns "$staging" >/dev/null || fail "no namespace"
k create sa selfheal >/dev/null || fail "no service account"
sed "s/namespace: selfheal/namespace: $space/; s/name: selfheal-/name: $space-/" "$source_dir/deploy/kubernetes/rbac.yaml" |
    kubectl apply -f - >out 2>err || fail "rbac.yaml is not taken: $(cat err)"
token_of_account() {
    k create token selfheal 2>/dev/null && return # since 1.24
    local secret
    secret=$(k get sa selfheal -o jsonpath='{.secrets[0].name}')
    [ -n "$secret" ] && k get secret "$secret" -o jsonpath='{.data.token}' | base64 -d
}
until_true 20 token_of_account || fail "no token of the account"
kubectl config view --raw --minify --flatten >account.conf
account() { KUBECONFIG=$work/account.conf kubectl "$@"; }
context=$(account config current-context)
account config set-credentials account --token="$(token_of_account)" >/dev/null
account config set-context "$context" --user=account >/dev/null
account get secrets -A >/dev/null 2>&1 && fail "the account may read secrets"
until_true 20 account -n "$space" get pods || fail "the account may not look"

# -- a world --------------------------------------------------------------------------------
proxy_port=$(free_port)
kubectl proxy --port="$proxy_port" >proxy.log 2>&1 &
servers+=($!)
until_true 20 curl -fsS "http://127.0.0.1:$proxy_port/version" || fail "kubectl proxy does not start"
state() { # PATH JSON - the status of an object, as its keeper would say it
    curl -fsS -X PATCH -H 'Content-Type: application/merge-patch+json' -d "{\"status\":$2}" \
        "http://127.0.0.1:$proxy_port$1/status" >/dev/null
}
runs() { # NAMESPACE POD
    state "/api/v1/namespaces/$1/pods/$2" '{"phase":"Running","conditions":[{"type":"Ready","status":"True"}],"containerStatuses":[{"name":"c","image":"i","imageID":"i","ready":true,"restartCount":0,"state":{"running":{"startedAt":"2026-01-01T00:00:00Z"}}}]}'
}
names() { k get pods -l app="$1" -o jsonpath='{range .items[*]}{.metadata.name}{"\n"}{end}'; }
first_pod() { names "$1" | head -n 1; }
all_run() { # what a kubelet would do, over and over
    local where pod
    for where in "$space" "$staging"; do
        for pod in $(kubectl -n "$where" get pods --field-selector=status.phase=Pending -o name 2>/dev/null); do
            runs "$where" "${pod#pod/}" 2>/dev/null
        done
    done
}
(while [ -d "$work" ]; do [ -f hold ] || all_run; sleep 0.3; done) &
servers+=($!)
workload() { # NAMESPACE NAME REPLICAS IMAGE [NODE]
    kubectl -n "$1" apply -f - >/dev/null <<Y || fail "no workload $2"
apiVersion: apps/v1
kind: Deployment
metadata: {name: $2}
spec:
  replicas: $3
  selector: {matchLabels: {app: $2}}
  template:
    metadata: {labels: {app: $2}}
    spec:
      terminationGracePeriodSeconds: 0
      tolerations: [{operator: Exists}]
      ${5:+nodeName: $5}
      containers:
        - name: c
          image: "$4"
          resources: {limits: {memory: 1Gi, cpu: 500m}, requests: {memory: 512Mi}}
Y
}
ready() { [ "$(kubectl -n "$1" get deploy "$2" -o jsonpath='{.status.availableReplicas}')" = "$3" ]; }
of() { k get "$1" "$2" -o jsonpath="$3"; }
kubectl apply -f - >/dev/null <<Y || fail "no node"
apiVersion: v1
kind: Node
metadata: {name: $node}
spec: {taints: [{key: selfheal-e2e, effect: NoSchedule}]}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: $class}
provisioner: selfheal.invalid/none
allowVolumeExpansion: true
Y
workload "$space" web 2 "registry.invalid/web:1.1"
workload "$staging" web 1 "registry.invalid/web:1.1"
until_true 30 ready "$space" web 2 || fail "web does not come up"

# -- actions ----------------------------------------------------------------------------------
mkdir -p manifests
cat >act.yaml <<Y
name: act
data: run
kubernetes:
  kubeconfig: account.conf
  patches: [{image: "registry.invalid/web:1.*", fixed: "registry.invalid/web:2.0", staging: $staging}]
  jobs: [{action: clean_temp_files, target: "volume/*", manifest: clean.yaml}]
  fallback_issuer: {kind: ClusterIssuer, name: spare}
  manifests: manifests
Y
cat >clean.yaml <<'Y'
apiVersion: batch/v1
kind: Job
metadata: {labels: {for: "{name}"}}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: "registry.invalid/none:1", args: ["{name}", "-mtime", "+{amount}"]}]
Y
row=0
act() { # OUTCOME ACTION TARGET AMOUNT [rollback] - a new action each time
    row=$((row + 1))
    "$kube_act" act.yaml act "$2" "$3" "$4" $row ${5:-} >said 2>err
    case $(cat said) in
    "$1":*) ;;
    *) fail "$2 on $3: $(cat said err), not $1" ;;
    esac
}
again() { # ACTION TARGET AMOUNT - the same action once more, as after a crash
    "$kube_act" act.yaml act "$1" "$2" "$3" $row >said 2>err || fail "$1 again: $(cat said err)"
}
is_done() { same "$("$kube_act" act.yaml done "$2" "$3" $row)" "$1" "whether $2 is done"; }
image() { of deploy "$1" '{.spec.template.spec.containers[0].image}'; }
memory() { of deploy web '{.spec.template.spec.containers[0].resources.limits.memory}'; }
web=workload/$space/web

act succeeded raise_memory_limit "pod/$space/$(first_pod web)" 0.5
same "$(memory)" 1536Mi "memory after it was raised"
same "$(of deploy web '{.spec.template.spec.containers[0].resources.requests.memory}')" 768Mi "and requested"
is_done yes raise_memory_limit $web
act succeeded lower_memory_limit $web 0.5
same "$(memory)" 1Gi "memory after it was lowered"
act succeeded raise_cpu_limit $web 1
same "$(of deploy web '{.spec.template.spec.containers[0].resources.limits.cpu}')" 1 "processor"
act succeeded lower_cpu_limit $web 1

act succeeded scale_out $web 2
again scale_out $web 2
same "$(of deploy web '{.spec.replicas}')" 4 "replicas, scaled out twice under one id"
is_done yes scale_out $web
act succeeded scale_in $web 2
act failed scale_in $web 2
same "$(of deploy web '{.spec.replicas}')" 2 "replicas"
row=$((row + 1))
is_done no scale_out $web

k set image deploy/web c=registry.invalid/web:1.2 >/dev/null
until_true 30 ready "$space" web 2
until_true 20 sh -c "[ \"\$(kubectl -n $space get deploy web -o jsonpath='{.metadata.annotations.deployment\.kubernetes\.io/revision}')\" -ge 2 ]"
act succeeded roll_back_revision $web 0
same "$(image web)" registry.invalid/web:1.1 "image after roll back"
until_true 30 ready "$space" web 2
act succeeded roll_forward_revision $web 0
same "$(image web)" registry.invalid/web:1.2 "image after roll forward"
act succeeded restart_pod $web 0 # a rolling restart
until_true 30 ready "$space" web 2

act succeeded patch_staging $web 0
same "$(kubectl -n "$staging" get deploy web -o jsonpath='{.spec.template.spec.containers[0].image}')" registry.invalid/web:2.0 "image in staging"
same "$(image web)" registry.invalid/web:1.2 "image before its turn"
act succeeded patch_rolling "image/$space/web" 0
same "$(image web)" registry.invalid/web:2.0 "patched image"
act succeeded roll_back_revision $web 0 rollback
same "$(image web)" registry.invalid/web:1.2 "image after the patch was taken back"
until_true 30 ready "$space" web 2

# A StatefulSet goes back by its ControllerRevisions.
k apply -f - >/dev/null <<'Y'
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 1
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {terminationGracePeriodSeconds: 0, containers: [{name: c, image: "registry.invalid/db:1"}]}
Y
until_true 20 sh -c "kubectl -n $space get controllerrevisions -o name | grep -q db"
k set image statefulset/db c=registry.invalid/db:2 >/dev/null
until_true 20 sh -c "[ \$(kubectl -n $space get controllerrevisions -o name | grep -c db) -eq 2 ]" || fail "no second revision of db"
act succeeded roll_back_revision "workload/$space/db" 0
same "$(of statefulset db '{.spec.template.spec.containers[0].image}')" registry.invalid/db:1 "image of the StatefulSet"

# Pods: a budget is waited for; without leave nothing goes.
kubectl -n "$space" create pdb web --selector=app=web --min-available=2 >/dev/null || fail "no budget"
until_true 30 sh -c "kubectl -n $space get pdb web -o jsonpath='{.status.observedGeneration} {.status.currentHealthy}' | grep -q '1 2'"
pod=$(first_pod web)
KUBE_ACT_TIMEOUT=3s act failed restart_pod "pod/$space/$pod" 0
grep -q "disruption budget" said || fail "no word of the budget: $(cat said)"
is_done no restart_pod "pod/$space/$pod"
(sleep 2; k patch pdb web --type=merge -p '{"spec":{"minAvailable":1}}' >/dev/null) &
KUBE_ACT_TIMEOUT=30s act succeeded delete_pod "pod/$space/$pod" 0
is_done yes delete_pod "pod/$space/$pod"
k get pod "$pod" >/dev/null 2>&1 && fail "the pod was not evicted"
k run alone --image=registry.invalid/none:1 >/dev/null
act failed restart_pod "pod/$space/alone" 0
k get pod alone >/dev/null || fail "a pod that nobody makes again was deleted"

# A node is emptied: its pods are made again elsewhere.
workload "$space" moves 2 registry.invalid/moves:1 "$node"
until_true 30 sh -c "[ \$(kubectl -n $space get pods -l app=moves -o name | wc -l) -eq 2 ]"
before=$(names moves | sort)
act succeeded cordon_node "pod/$space/$(first_pod moves)" 0
same "$(kubectl get node "$node" -o jsonpath='{.spec.unschedulable}')" true "cordoned"
act succeeded drain "node/default/$node" 0
for pod in $before; do k get pod "$pod" >/dev/null 2>&1 && fail "pod $pod was not drained"; done
act succeeded undrain "node/default/$node" 0
same "$(kubectl get node "$node" -o jsonpath='{.spec.unschedulable}')" "" "uncordoned"
k delete deploy moves >/dev/null

# A pod is moved: a scheduler that likes the first node best would put it there again.
kubectl apply -f - >/dev/null <<Y || fail "no second node"
apiVersion: v1
kind: Node
metadata: {name: $node-b}
spec: {taints: [{key: selfheal-e2e, effect: NoSchedule}]}
Y
node_of() { k get pod "$1" -o jsonpath='{.spec.nodeName}'; }
cordoned() { kubectl get node "$1" -o jsonpath='{.spec.unschedulable}'; }
schedule() { # the pods of "moved" that have no node yet, each to the first that takes it
    local pod place
    for pod in $(k get pods -l app=moved --field-selector=spec.nodeName= -o jsonpath='{.items[*].metadata.name}'); do
        for place in "$node" "$node-b"; do
            [ "$(cordoned "$place")" = true ] && continue
            curl -fsS -X POST -H 'Content-Type: application/json' -o bound \
                -d "{\"apiVersion\":\"v1\",\"kind\":\"Binding\",\"metadata\":{\"name\":\"$pod\"},\"target\":{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"name\":\"$place\"}}" \
                "http://127.0.0.1:$proxy_port/api/v1/namespaces/$space/pods/$pod/binding" && break
        done
    done
}
(while [ -d "$work" ] && [ ! -f no_scheduler ]; do schedule; sleep 0.3; done) 2>/dev/null &
servers+=($!)
workload "$space" moved 1 registry.invalid/moved:1
placed() { pod=$(first_pod moved) && [ "$(node_of "$pod")" = "$node" ]; }
until_true 30 placed || fail "the pod is on no node"
pod=$(first_pod moved)
KUBE_ACT_TIMEOUT=60s act succeeded reschedule_pod "pod/$space/$pod" 0
grep -q "went from $node to $node-b" said || fail "it does not say where the pod went: $(cat said)"
is_done yes reschedule_pod "pod/$space/$pod"
same "$(node_of "$(first_pod moved)")" "$node-b" "the node of the new pod"
same "$(cordoned "$node")$(cordoned "$node-b")" "" "nodes that were left cordoned"
kubectl cordon "$node" >/dev/null # now no other node takes it: it is back where it was, and says so
pod=$(first_pod moved)
KUBE_ACT_TIMEOUT=8s act failed reschedule_pod "pod/$space/$pod" 0
grep -q "no other node than $node-b took" said || fail "it does not say that no node took it: $(cat said)"
back() { [ "$(node_of "$(first_pod moved)")" = "$node-b" ]; }
until_true 20 back || fail "the pod is left without a node"
same "$(cordoned "$node") $(cordoned "$node-b")" "true " "a person's cordon stays, and no other does"
kubectl uncordon "$node" >/dev/null
touch no_scheduler
k delete deploy moved >/dev/null
kubectl delete node "$node-b" >/dev/null

# A claim that may grow does, one that may not is left.
claim() { # NAME CLASS
    k apply -f - >/dev/null <<Y || fail "no claim $1"
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $1}
spec:
  storageClassName: "$2"
  accessModes: [ReadWriteOnce]
  volumeName: $space-$1
  resources: {requests: {storage: 10Gi}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: $space-$1}
spec:
  storageClassName: "$2"
  accessModes: [ReadWriteOnce]
  capacity: {storage: 10Gi}
  hostPath: {path: /nonexistent}
  claimRef: {namespace: $space, name: $1}
Y
    until_true 60 sh -c "kubectl -n $space get pvc $1 -o jsonpath='{.status.phase}' | grep -q Bound" || fail "claim $1 is not bound"
}
claim data "$class"
claim fixed none
act succeeded expand_volume "volume/$space/data" 0.2
same "$(of pvc data '{.spec.resources.requests.storage}')" 12Gi "the claim"
act failed expand_volume "volume/$space/fixed" 0.2
same "$(of pvc fixed '{.spec.resources.requests.storage}')" 10Gi "a claim of a class that cannot grow"

# Quarantine.
for target in "pod/$space/$(first_pod web)" $web; do
    act succeeded isolate "$target" 0
    is_done yes isolate "$target"
    same "$(k get networkpolicy -o jsonpath='{.items[*].spec.policyTypes}{.items[*].spec.ingress}{.items[*].spec.egress}')" '["Ingress","Egress"]' "policy of $target"
    act succeeded release "$target" 0
    same "$(k get networkpolicy -o name)" "" "policies after release"
done

# Certificates, as cert-manager would see it.
if ! kubectl get crd certificates.cert-manager.io >/dev/null 2>&1; then
    made+=(certificates.cert-manager.io)
    kubectl apply -f - >/dev/null <<'Y' || fail "no certificates"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: certificates.cert-manager.io}
spec:
  group: cert-manager.io
  scope: Namespaced
  names: {kind: Certificate, plural: certificates, singular: certificate, listKind: CertificateList}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
Y
fi
until_true 20 kubectl get certificates.cert-manager.io -A || fail "certificates are not served"
cat >front.yaml <<'Y'
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: front}
spec: {secretName: front-tls, issuerRef: {name: ca, kind: Issuer}, dnsNames: [front.example]}
Y
until_true 20 k apply -f front.yaml || fail "no certificate"
front=/apis/cert-manager.io/v1/namespaces/$space/certificates/front
state $front '{"notAfter":"2200-01-01T00:00:00Z","conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}]}' || fail "no state of the certificate"
act succeeded renew_certificate "certificate/$space/front" 0
same "$(of certificate front '{.status.conditions[?(@.type=="Issuing")].status}')" True "asked to issue"
same "$(of certificate front '{.status.conditions[?(@.type=="Ready")].status}')" True "still ready"
is_done yes renew_certificate "certificate/$space/front"
KUBE_ACT_TIMEOUT=1s act failed validate_certificate "certificate/$space/front" 0
state $front '{"notAfter":"2200-01-01T00:00:00Z","conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}]}'
act succeeded validate_certificate "certificate/$space/front" 0
act succeeded deploy_certificate "certificate/$space/front" 0
act succeeded renew_certificate_fallback "certificate/$space/front" 0
same "$(of certificate front '{.spec.issuerRef.name}')" spare "issuer"

# A job, finished by the test in a kubelet's place.
finish_job() {
    local job
    for ((i = 0; i < 100; i++)); do
        job=$(k get jobs -o jsonpath='{.items[0].metadata.name}' 2>/dev/null) && [ -n "$job" ] && break
        sleep 0.1
    done
    touch hold
    for ((i = 0; i < 100; i++)); do
        pod=$(k get pods -l job-name="$job" -o jsonpath='{.items[0].metadata.name}' 2>/dev/null) && [ -n "$pod" ] && break
        sleep 0.1
    done
    state "/api/v1/namespaces/$space/pods/$pod" '{"phase":"Succeeded"}'
    rm hold
}
finish_job &
KUBE_ACT_TIMEOUT=30s act succeeded clean_temp_files "volume/$space/data" 7
same "$(k get jobs -o jsonpath='{.items[0].spec.template.spec.containers[0].args}')" '["data","-mtime","+7"]' "the job's words"
again clean_temp_files "volume/$space/data" 7
same "$(k get jobs -o name | wc -l)" 1 "jobs after the same action twice"
is_done yes clean_temp_files "volume/$space/data"

# What nobody configured or nobody can.
act unsupported clear_caches "pod/$space/$(first_pod web)" 0
act unsupported rotate_logs "volume/$space/data" 0

# All of it is told in the cluster.
k get events -o jsonpath='{range .items[?(@.source.component=="selfheal")]}{.reason} {.involvedObject.kind}/{.involvedObject.name} {.message}{"\n"}{end}' >events
for word in "Healing Deployment/web raise_memory_limit" "Healed Deployment/web" "HealingFailed Pod/"; do has events "$word"; done

# Somebody else works on the same object all the while: neither loses anything.
(for i in $(seq 30); do k label deploy web turn=$i --overwrite >/dev/null; done) &
meddler=$!
for i in 1 2 3; do
    act succeeded raise_memory_limit $web 1
    act succeeded lower_memory_limit $web 1
done
wait $meddler
same "$(of deploy web '{.metadata.labels.turn}') $(memory)" "30 1Gi" "what both did"

# -- drift ---------------------------------------------------------------------------------------
cat >manifests/settings.yaml <<Y
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: $space}
data: {mode: "on", level: "3"}
Y
mode() { of configmap settings '{.data.mode}'; }
settings=config/$space/configmap.settings
same "$("$kube_act" act.yaml drift)" "$settings:config_drift 1" "drift of what is missing"
act succeeded reconcile_config "$settings" 0
same "$(mode)" on "what was made"
same "$("$kube_act" act.yaml drift)" "$settings:config_drift 0" "drift after it"
k patch configmap settings --type=merge -p '{"data":{"mode":"off","level":"4","theirs":"x"}}' >/dev/null
same "$("$kube_act" act.yaml drift)" "$settings:config_drift 2" "fields that drifted"
act succeeded reconcile_config "$settings" 0
is_done yes reconcile_config "$settings"
same "$(mode) $(of configmap settings '{.data.theirs}')" "on x" "what was put back, and what is not ours"
act succeeded restore_config "$settings" 0
same "$(mode) $(of configmap settings '{.data.level}')" "off 4" "what was there before"

# -- the lease -------------------------------------------------------------------------------------
sed "s|^kubernetes:|&\n  lease: {namespace: $space, name: selfheal, duration: 3s}|" act.yaml >lease.yaml
"$kube_act" lease.yaml lease 60 >first 2>first.err &
first=$!
servers+=($first)
until_true 10 grep -q leads first || fail "nobody leads: $(cat first first.err)"
"$kube_act" lease.yaml lease 60 >second 2>second.err &
second=$!
servers+=($second)
until_true 10 grep -q follows second || fail "the second does not follow"
row=$((row + 1))
"$kube_act" lease.yaml act scale_out $web 1 $row >said 2>err && fail "one that does not lead acts: $(cat said)"
has said "do not hold the lease"
same "$(of deploy web '{.spec.replicas}')" 2 "replicas, by one who does not lead"
kill -STOP $first
until_true 15 grep -q leads second || fail "nobody takes over from one that is asleep"
same "$(k get lease selfheal -o jsonpath='{.spec.leaseTransitions}')" 1 "the token"
kill -CONT $first
until_true 5 sh -c 'tail -n 1 first | grep -q follows' || fail "the deposed one thinks that it leads: $(cat first)"
sleep 2
same "$(tail -n 1 second)" leads "who leads"
kill -9 $second
until_true 15 sh -c 'tail -n 1 first | grep -q leads' || fail "nobody takes over from one that was killed"
kill $first
wait $first $second 2>/dev/null
k delete lease selfheal >/dev/null

# -- two live processes: one heals, and where it is killed the other does -------------------------------
cat >policy.yaml <<'Y'
scan_interval: 1s
issue_cool_down: 0
relapse_within: 0
strategies:
  - name: put_back
    description: back to the manifest
    issue: config_drift
    steps: [{action: reconcile_config, timeout: 10s}]
    settle: 0
    verify_hold: 1s
    verify_within: 30s
    prior_success: 0.9
    prior_weight: 5
  - name: patch_now
    description: the fixed image
    issue: high_cpu
    steps: [{action: patch_rolling, timeout: 60s}]
    settle: 0
    verify_hold: 1s
    verify_within: 60s
    prior_success: 0.9
    prior_weight: 5
rules:
  - {name: drift, series: "config/*:config_drift", issue: config_drift, severity: high, above: 0.5, hold: 0, clear_hold: 0}
  - {name: slow, series: "workload/*/slow:replicas_ready_ratio", issue: high_cpu, severity: high, below: 0.5, hold: 0, clear_hold: 0}
ladders: {config_drift: [put_back], high_cpu: [patch_now]}
Y
live_config() { # NAME
    sed "s|^name: .*|name: $1|; s|^data: .*|data: run-$1\npolicy: policy.yaml\ndry_run: false\nrediscover: 1s\napi: {port: 0}|; s|^kubernetes:|&\n  namespaces: [$space]|" lease.yaml >"$1.yaml"
}
start() { # NAME - in the background; its id in $started
    live_config "$1"
    rm -f "$1.out" # of one before it
    "$selfheal" live --config "$1.yaml" >"$1.out" 2>"$1.err" &
    started=$!
    servers+=($started)
    until_true 40 grep -q '^listening on ' "$1.out" || fail "live $1 does not start: $(cat "$1.err")"
}
# The same file for both: mode is off now, so that the leader puts it back.
start one
one=$started
until_true 40 sh -c "[ \"\$(kubectl -n $space get configmap settings -o jsonpath='{.data.mode}')\" = on ]" || fail "the leader does not put it back: $(cat one.err)"
start two
two=$started
has two.err "another replica leads"
until_true 40 sh -c "[ \"\$(sqlite3 run-one/run.db \"select count(*) from self_healing_remediations where status = 'success'\")\" = 1 ]" || fail "it is not told healed: $(cat one.err)"
k patch configmap settings --type=merge -p '{"data":{"mode":"off"}}' >/dev/null
until_true 40 sh -c "[ \"\$(kubectl -n $space get configmap settings -o jsonpath='{.data.mode}')\" = on ]" || fail "the leader does not put it back again"
sleep 2
same "$(sqlite3 run-two/run.db "select count(*) from actions where kind <> 'page_operator'")" 0 "actions of the one that follows"
kill -9 $one
wait $one 2>/dev/null
k patch configmap settings --type=merge -p '{"data":{"mode":"off"}}' >/dev/null
until_true 60 sh -c "[ \"\$(kubectl -n $space get configmap settings -o jsonpath='{.data.mode}')\" = on ]" || fail "the other does not take over: $(cat two.err)"
has two.err "this replica leads"
kill $two
wait $two
same $? 0 "exit code of live"

# kill -9 in the middle of an action: the world says that it was done, and it is not done again.
touch hold # it does not come up
sleep 3    # a round of the kubelet's stand-in that had begun is over
workload "$space" slow 1 registry.invalid/web:1.1
start three
three=$started
until_true 60 sh -c "[ \"\$(kubectl -n $space get deploy slow -o jsonpath='{.spec.template.spec.containers[0].image}')\" = registry.invalid/web:2.0 ]" || fail "no patch: $(cat three.err)"
kill -9 $three
wait $three 2>/dev/null
same "$(sqlite3 run-three/run.db "select count(*) from actions where outcome is null and kind = 'patch_rolling'")" 1 "actions at work"
rm hold
start three
grep -q "patch_rolling on workload/$space/slow, whose end nobody saw, was done" three.err || fail "it was not looked at: $(cat three.err)"
kill $started
wait $started
same $? 0 "exit code of live"
same "$(sqlite3 run-three/run.db "select outcome from actions where kind = 'patch_rolling' order by id limit 1")" succeeded "what became of it"
expect 0 "$selfheal" audit verify run-three/run.db
for flight in run-*/flight/*.flight; do
    case $flight in run-one/*) continue ;; esac # was killed: its last bytes may be missing
    expect 0 "$selfheal" replay "$flight"
done
finish
