/** kubectl's commands that change what is there: apply, diff, edit, patch, replace, label, annotate, set, scale, autoscale, delete, wait. */
import { flows } from "./flows.ts";

const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\n";

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: d }
spec:
  strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  replicas: 1
  selector: { matchLabels: { app: d } }
  template:
    metadata: { labels: { app: d } }
    spec:
      containers: [ { name: c, image: echo } ]
      volumes: [ { name: v, emptyDir: {} } ]
`;

/** An editor for `kubectl edit`: sed with the script that stands in SCRIPT. The comments of the file are kept in `seen`. */
const editor = '#!/bin/sh\ngrep "^#" "$1" >> seen\nsed -i "$SCRIPT" "$1"\n';

flows("kubectl's writes", [
  [
    "apply: what a type of strategy and of volume leaves behind goes",
    `
    $ kubectl apply -f d.yaml
    deployment.apps/d created
    $ kubectl apply -f d.yaml
    deployment.apps/d unchanged
    $ sed -e 's/emptyDir: {}/hostPath: { path: /' -e 's/path: /&\\/tmp }/' -e 's/strategy: .*/strategy: { type: Recreate }/' d.yaml > d2.yaml
    $ kubectl apply -f d2.yaml
    deployment.apps/d configured
    $ kubectl get deploy d -o jsonpath='{.spec.strategy}{.spec.template.spec.volumes}'
    {"type":"Recreate"}[{"hostPath":{"path":"/tmp","type":""},"name":"v"}]
    $ kubectl apply view-last-applied deploy/d -o json | grep Recreate
    "type": "Recreate"
    $ kubectl get deploy d --show-managed-fields -o jsonpath='{.metadata.managedFields[*].manager}'
    …kubectl-client-side-apply…`,
    { "d.yaml": deployment },
  ],
  [
    "apply: what cannot be read is told as by Kubernetes",
    `
    $ kubectl create cm c
    configmap/c created
    $ (cat c.yaml; echo 'data: { a: 1 }') | kubectl apply -f -
    ? 1
    The request is invalid: patch: Invalid value: "map[data:map[a:1] metadata:map[annotations:map[kubectl.kubernetes.io/last-applied-configuration:{…": cannot convert int64 to string
    $ (cat c.yaml; echo 'dat: { a: "1" }') | kubectl apply -f -
    ? 1
    The request is invalid: patch: Invalid value: "map[dat:map[a:1] …": strict decoding error: unknown field "dat"
    $ (cat c.yaml; echo 'dat: { a: "1" }') | kubectl apply -f - --validate=warn
    configmap/c configured
    Warning: unknown field "dat"
    $ (cat c.yaml; echo 'data: { a: 1 }') | sed 's/name: c/name: d/' | kubectl apply -f -
    ? 1
    Error from server (BadRequest): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string
    $ (cat c.yaml; echo 'dat: { a: "1" }') | kubectl apply --server-side -f -
    ? 1
    Error from server: failed to create typed patch object (…/c; /v1, Kind=ConfigMap): .dat: field not declared in schema
    $ kubectl create -f - <<end
    > apiVersion: v1
    > kind: Secret
    > metadata: { name: s }
    > data: { a: hunter2 }
    > end
    ? 1
    Error from server (BadRequest): error when creating "STDIN": Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 4
    $ kubectl create --raw /api/v1/namespaces/$NS/configmaps -f c.yaml
    ? 1
    Error from server (BadRequest): the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character 'a' looking for beginning of value (apiVersion: v1\\nkind: ConfigMap ...)`,
    { "c.yaml": configMap },
  ],
  [
    "apply --server-side: conflicts, force, shared fields, dry runs",
    `
    $ (cat c.yaml; echo 'data: { a: "1", b: "2" }') > one.yaml; sed 's/a: "1"/a: "9"/' one.yaml > two.yaml
    $ kubectl apply --server-side --field-manager=one -f one.yaml
    configmap/c serverside-applied
    $ kubectl apply --server-side --field-manager=two -f two.yaml
    ? 1
    error: Apply failed with 1 conflict: conflict with "one": .data.a
    * If you intend to manage all of these fields, please re-run the apply
    $ kubectl apply --server-side --field-manager=two --force-conflicts -f two.yaml
    configmap/c serverside-applied
    $ kubectl get cm c -o jsonpath='{.metadata.managedFields[*].manager}{.metadata.managedFields[*].fieldsV1}' --show-managed-fields
    one two{"f:data":{"f:b":{}}} {"f:data":{"f:a":{},"f:b":{}}}
    $ kubectl diff --server-side --field-manager=two -f one.yaml
    ? !0
    - a: "9"
    + a: "1"
    $ kubectl apply --server-side --field-manager=one -f c.yaml --dry-run=server
    configmap/c serverside-applied (server dry run)
    $ kubectl apply --server-side -f c.yaml --dry-run=client
    ? 1
    error: --dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)`,
    { "c.yaml": configMap },
  ],
  [
    "apply --prune, of a selection and of some kinds",
    `
    $ (cat c.yaml; echo '  labels: { group: g }') > a.yaml; sed 's/name: c/name: b/' a.yaml > b.yaml
    $ kubectl apply --prune -l group=g -f a.yaml --prune-allowlist=core/v1/ConfigMap
    configmap/c created
    $ kubectl apply --prune -l group=g -f b.yaml --prune-allowlist=core/v1/Secret
    configmap/b created
    ! pruned
    $ kubectl apply --prune -l group=g -f b.yaml --prune-allowlist=core/v1/ConfigMap
    configmap/b unchanged
    configmap/c pruned
    $ kubectl apply --prune -f b.yaml
    ? 1
    error: all resources selected for prune without explicitly passing --all. …
    $ kubectl apply -n other -f b.yaml --dry-run=server
    ? 1
    Error from server (NotFound): error when creating "b.yaml": namespaces "other" not found`,
    { "c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n" },
  ],
  [
    "the last applied configuration: set, viewed, edited",
    `
    $ kubectl create -f c.yaml
    configmap/c created
    $ kubectl apply set-last-applied -f c.yaml
    ? 1
    error: no last-applied-configuration annotation found on resource: c, to create the annotation, run the command with --create-annotation
    $ kubectl apply set-last-applied -f c.yaml --create-annotation=true --dry-run=server
    configmap/c configured (server dry run)
    $ kubectl apply set-last-applied -f c.yaml --create-annotation=true
    configmap/c configured
    $ chmod +x e.sh; SCRIPT='s/^kind: .*/&\\ndata: { a: b }/' KUBE_EDITOR=./e.sh kubectl apply edit-last-applied cm/c
    configmap/c edited
    $ kubectl apply view-last-applied cm/c
    data:
    a: b
    $ kubectl apply -f c.yaml
    configmap/c configured`,
    { "c.yaml": configMap, "e.sh": editor },
  ],
  [
    "edit: what is right is saved, what is wrong is told in the file",
    `
    $ chmod +x e.sh; kubectl apply -f d.yaml
    deployment.apps/d created
    $ SCRIPT='s/^  replicas: 1/  replicas: 2/' KUBE_EDITOR=./e.sh kubectl edit deploy/d
    deployment.apps/d edited
    $ SCRIPT='s/^  replicas: 2/  replicas: 3/' KUBE_EDITOR=./e.sh kubectl edit deploy/d --output-patch
    Patch: {"spec":{"replicas":3}…}
    deployment.apps/d edited
    $ KUBE_EDITOR=true kubectl edit deploy/d
    Edit cancelled, no changes made.
    $ SCRIPT='s/^  progressDeadlineSeconds: .*/  progressDeadlineSeconds: x/' KUBE_EDITOR=./e.sh kubectl edit deploy/d
    ? 1
    error: deployments.apps "d" is invalid
    A copy of your changes has been stored to "…"
    error: Edit cancelled, no valid changes were saved.
    $ cat seen
    # deployments.apps "d" was not valid:
    # * patch: Invalid value: "map[spec:map[progressDeadlineSeconds:x]]": unrecognized type: int32
    $ SCRIPT='s/^  name: d/  name: other/' KUBE_EDITOR=./e.sh kubectl edit deploy/d
    ? 1
    error: At least one of apiVersion, kind and name was changed`,
    { "d.yaml": deployment, "e.sh": editor },
  ],
  [
    "patch: of each type, and what is wrong with one",
    `
    $ kubectl apply -f d.yaml
    deployment.apps/d created
    $ kubectl patch deploy d -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"calculator"}]}}}}'
    deployment.apps/d patched
    $ kubectl patch deploy d -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","$patch":"delete"}]}}}}'
    deployment.apps/d patched
    $ kubectl get deploy d -o jsonpath='{.spec.template.spec.containers[*].name}'
    c
    $ kubectl patch deploy d --type=json -p '[{"op":"replace","path":"/spec/replicas","value":2}]'
    deployment.apps/d patched
    $ kubectl rollout status deploy d --timeout=30s
    deployment "d" successfully rolled out
    $ kubectl patch deploy d --type=merge -p 'spec: { replicas: 2 }'
    deployment.apps/d patched (no change)
    $ kubectl patch deploy d --subresource=scale --type=merge -p '{"spec":{"replicas":0}}'
    scale.autoscaling/d patched
    $ kubectl patch deploy d -p '{"metadata":{"labels":"invalid"}}'
    ? 1
    The request is invalid: patch: Invalid value: "map[metadata:map[labels:invalid]]": cannot restore map from string
    $ kubectl patch deploy d --type=merge -p '{"spec":{"replicas":"x"}}'
    ? 1
    The request is invalid: patch: Invalid value: …: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32
    $ kubectl patch deploy d --type=json -p '[{"op":"test","path":"/spec/replicas","value":9}]'
    ? 1
    The request is invalid: the server rejected our request due to an error in our request
    $ kubectl patch deploy d --type=json -p '{"a":1}'
    ? 1
    Error from server (BadRequest): error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp
    $ kubectl patch deploy d -p '{bad'
    ? 1
    Error from server (BadRequest): invalid character 'b' looking for beginning of object key string
    $ kubectl patch deploy d -p '{"metadata":{"resourceVersion":"1"}}'
    ? 1
    Error from server (Conflict): Operation cannot be fulfilled on deployments.apps "d": the object has been modified; please apply your changes to the latest version and try again`,
    { "d.yaml": deployment },
  ],
  [
    "a Service changes its type, and what it was given goes and comes with that",
    `
    $ kubectl create service clusterip s --tcp=80
    service/s created
    $ for type in LoadBalancer NodePort ClusterIP; do kubectl patch svc s -p '{"spec":{"type":"'$type'"}}'; kubectl get svc s; done
    service/s patched
    s LoadBalancer 10.96.… <pending> 80:3…/TCP …
    service/s patched
    s NodePort 10.96.… <none> 80:3…/TCP …
    service/s patched
    s ClusterIP 10.96.… <none> 80/TCP …
    $ kubectl patch svc s -p '{"spec":{"type":"ExternalName","externalName":"example.com"}}'
    service/s patched
    $ kubectl get svc s
    s ExternalName <none> example.com 80/TCP …
    $ kubectl patch svc s -p '{"spec":{"type":"ClusterIP","externalName":null}}'
    service/s patched
    $ kubectl patch svc s -p '{"spec":{"clusterIP":"10.96.250.250"}}'
    ? 1
    The Service "s" is invalid: spec.clusterIPs[0]: Invalid value: ["10.96.250.250"]: may not change once set
    $ kubectl get svc s -o yaml | sed -e 's/10.96.*/10.96.250.251/' | kubectl replace --force -f -
    service "s" deleted from … namespace
    service/s replaced
    $ kubectl get svc s -o jsonpath={.spec.clusterIP}
    10.96.250.251
    $ kubectl delete svc kubernetes -n default
    service "kubernetes" deleted from default namespace
    $ kubectl wait --for=create svc/kubernetes -n default --timeout=10s
    service/kubernetes condition met`,
  ],
  [
    "autoscale",
    `
    $ kubectl apply -f d.yaml
    deployment.apps/d created
    $ kubectl autoscale deploy d --min=2 --max=5 --cpu=80%
    horizontalpodautoscaler.autoscaling/d autoscaled
    $ kubectl get hpa d
    NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE
    d Deployment/d cpu: <unknown>/80% 2 5 0 …
    $ kubectl autoscale deploy d --max=5 --memory=100Mi --name=second --dry-run=server -o jsonpath={.spec.metrics}
    [{"resource":{"name":"memory","target":{"averageValue":"100Mi","type":"AverageValue"}},"type":"Resource"}]
    $ kubectl autoscale deploy d --max=3 --cpu=50%
    ? 1
    Error from server (AlreadyExists): horizontalpodautoscalers.autoscaling "d" already exists
    $ kubectl wait --for=jsonpath='{.spec.replicas}'=2 deploy/d --timeout=30s
    deployment.apps/d condition met
    $ kubectl wait --for=condition=AbleToScale hpa/d --timeout=10s
    horizontalpodautoscaler.autoscaling/d condition met
    $ kubectl describe hpa d
    Reference: Deployment/d
    Metrics: ( current / target )
    resource cpu on pods (as a percentage of request): <unknown> / 80%
    Min replicas: 2
    Max replicas: 5
    Deployment pods: 1 current / 2 desired
    AbleToScale True SucceededRescale the HPA controller was able to update the target scale to 2
    Normal SuccessfulRescale … horizontal-pod-autoscaler New size: 2; reason: Current number of replicas below Spec.MinReplicas`,
    { "d.yaml": deployment },
  ],
]);
