/** Who is who to a cluster and who may do what, by kubectl: roles, accounts, tokens, certificates, kubeconfigs; and what bars pods: pod security, budgets. */
import { flows } from "./flows.ts";

const granted = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: r, namespace: NS, labels: { a: b } }
rules: [ { apiGroups: [""], resources: [pods], verbs: [get, list] } ]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: NS }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: r }
subjects: [ { apiGroup: rbac.authorization.k8s.io, kind: User, name: jane } ]
`;

const wrong = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: wrong }
rules: [ { apiGroups: [""], resources: [pods], verbs: [] }, { apiGroups: [""], verbs: [get] }, { nonResourceURLs: [/x], verbs: [get] } ]
`;

const aggregated = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: flow-sum }
aggregationRule: { clusterRoleSelectors: [ { matchLabels: { flow: sum } } ] }
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: flow-part, labels: { flow: sum, rbac.authorization.k8s.io/aggregate-to-view: "true" } }
rules: [ { apiGroups: [example.com], resources: [widgets], verbs: [get, list] } ]
`;

const careful = `apiVersion: v1
kind: Pod
metadata: { name: careful }
spec:
  containers:
    - name: c
      image: busybox
      command: [ sleep, "600" ]
      securityContext:
        { allowPrivilegeEscalation: false, capabilities: { drop: [ ALL ] }, runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: RuntimeDefault } }
`;

const eviction = (name: string) =>
  `{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"${name}"}}`;

const evict = (pod: string) =>
  `kubectl create --raw /api/v1/namespaces/$NS/pods/${pod}/eviction -f - <<< '${eviction(pod)}'`;

flows("who may do what", [
  [
    "roles: made by options, and what is wrong with them",
    `
    $ kubectl create role bad --verb=get --resource=nothings
    ? 1
    the server doesn't have a resource type "nothings"
    $ kubectl create role bad --verb=get --resource=rs.nogroup/scale
    ? 1
    the server doesn't have a resource type "rs" in group "nogroup"
    $ kubectl create role bad --verb=get
    ? 1
    error: at least one resource must be specified
    $ kubectl create role sub --verb=get,list --resource=replicasets.apps/scale && kubectl get role sub -o go-template='{{range .rules}}{{.apiGroups}}{{.resources}}{{end}}'
    [apps][replicasets/scale]
    $ kubectl create rolebinding bad --clusterrole=a --role=b
    ? 1
    error: exactly one of clusterrole or role must be specified
    $ kubectl create rolebinding bad --role=sub --serviceaccount=nons
    ? 1
    error: serviceaccount must be <namespace>:<name>
    $ kubectl create -f wrong.yaml
    ? 1
    The Role "wrong" is invalid:
    * rules[0].verbs: Required value: verbs must contain at least one value
    * rules[1].resources: Required value: resource rules must supply at least one resource
    * rules[2].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs
    $ kubectl create rolebinding one --clusterrole=admin --user=u && kubectl create rolebinding two --role=sub --group=g
    $ kubectl set subject rolebinding --all --user=all && kubectl set subject rolebinding two --serviceaccount=x:y && kubectl get rolebindings -o wide
    rolebinding.rbac.authorization.k8s.io/one subjects updated
    one ClusterRole/admin … u, all
    two Role/sub … all g x/y
    $ kubectl patch rolebinding two -p '{"roleRef":{"name":"other"}}'
    ? 1
    The RoleBinding "two" is invalid: roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"other"}: cannot change roleRef
    $ kubectl delete clusterrole flow-nothing -n $NS
    ? 1
    Warning: deleting cluster-scoped resources, not scoped to the provided namespace`,
    { "wrong.yaml": wrong },
  ],
  [
    "roles reconciled: what is missing comes, what is too much goes only if told",
    `
    $ sed -i s/NS/$NS/ r.yaml && kubectl auth reconcile -f r.yaml
    role.rbac.authorization.k8s.io/r reconciled
    reconciliation required create
    $ sed 's/get, list/watch/;s/, labels: { a: b }//;s/jane/joe/' r.yaml > s.yaml && kubectl auth reconcile -f s.yaml && kubectl get role r -o jsonpath='{.rules[*].verbs}{.metadata.labels}'
    ["get","list"] ["watch"]{"a":"b"}
    reconciliation required update
    missing rules added:
    {Verbs:[watch] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}
    missing subjects added:
    $ kubectl auth reconcile -f s.yaml --remove-extra-permissions --remove-extra-subjects && kubectl get role r -o jsonpath='{.rules[*].verbs}' && kubectl get rolebinding b -o wide
    ["watch"]NAME ROLE AGE USERS GROUPS SERVICEACCOUNTS
    b Role/r … joe
    extra rules removed:
    extra subjects removed:
    $ kubectl auth reconcile -f s.yaml --dry-run=server
    ? 1
    error: --dry-run=server for command reconcile is not supported yet`,
    { "r.yaml": granted },
  ],
  [
    "what is granted: names, subresources, groups, paths, and no more than one has",
    `
    $ kubectl create cm mine && kubectl create cm other && kubectl create role one --verb=get --resource=configmaps --resource-name=mine && kubectl create rolebinding one --role=one --user=ria
    $ kubectl --as=ria get cm mine -o name && kubectl --as=ria get cm other
    ? 1
    configmap/mine
    Error from server (Forbidden): configmaps "other" is forbidden: User "ria" cannot get resource "configmaps" in API group "" in the namespace "flow-2"
    $ kubectl auth can-i get cm/mine --as=ria && kubectl auth can-i get cm --as=ria
    ? 1
    yes
    no
    $ kubectl create rolebinding view --clusterrole=view --group=devs && kubectl auth can-i get pods --subresource=log --as=x --as-group=devs && kubectl auth can-i get secrets --as=x --as-group=devs
    ? 1
    yes
    no
    $ kubectl auth can-i list pods -q --as=nobody
    ? 1
    ! no
    $ kubectl create clusterrole flow-paths --verb=get --non-resource-url=/metrics --non-resource-url='/logs/*' && kubectl create clusterrolebinding flow-paths --clusterrole=flow-paths --user=mo
    $ kubectl auth can-i get /logs/x --as=mo && kubectl --as=mo get --raw /metrics | head -1 && kubectl --as=mo get --raw /readyz?verbose | tail -1 && kubectl --as=mo get --raw /logs
    ? 1
    yes
    # HELP …
    readyz check passed
    Error from server (Forbidden): forbidden: User "mo" cannot get path "/logs"
    $ kubectl create rolebinding adm --clusterrole=admin --user=ann && kubectl --as=ann create role fine --verb=get --resource=pods && kubectl --as=ann create role more --verb=get --resource=nodes
    ? 1
    role.rbac.authorization.k8s.io/fine created
    Error from server (Forbidden): roles.rbac.authorization.k8s.io "more" is forbidden: user "ann" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:
    {APIGroups:[""], Resources:["nodes"], Verbs:["get"]}
    $ kubectl create rolebinding dangling --role=gone --user=z && kubectl auth can-i list pods --as=z
    ? 1
    no - RBAC: role.rbac.authorization.k8s.io "gone" not found
    $ kubectl auth can-i list nodes && kubectl auth can-i eat pods && kubectl auth can-i create nothings
    Warning: resource 'nodes' is not namespace scoped
    Warning: verb 'eat' is not a known verb
    Warning: the server doesn't have a resource type 'nothings'
    $ kubectl get pods --as-group=devs
    ? 1
    error: requesting uid, groups or user-extra for k4s without impersonating a user
    $ kubectl create -o jsonpath='{.status}' -f - <<< '{"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{"user":"ria","resourceAttributes":{"verb":"get","resource":"configmaps","name":"mine","namespace":"'$NS'"}}}'
    {"allowed":true,"reason":"RBAC: allowed by RoleBinding \\"one/flow-2\\" of Role \\"one\\" to User \\"ria\\""}`,
  ],
  [
    "cluster roles are summed up by their labels",
    `
    $ kubectl apply -f sum.yaml && kubectl wait clusterrole/flow-sum --for=jsonpath='{.rules[0].resources[0]}'=widgets --timeout=10s
    $ kubectl create clusterrole flow-more --verb=get --resource=nodes && kubectl label clusterrole flow-more flow=sum && kubectl wait clusterrole/flow-sum --for=jsonpath='{.rules[0].resources[0]}'=nodes --timeout=10s
    $ kubectl describe clusterrole flow-sum
    Resources Non-Resource URLs Resource Names Verbs
    widgets.example.com [] [] [get list]
    nodes [] [] [get]
    $ kubectl describe clusterrole view
    widgets.example.com [] [] [get list]
    $ kubectl delete clusterrole -l flow=sum
    clusterrole.rbac.authorization.k8s.io "flow-more" deleted
    clusterrole.rbac.authorization.k8s.io "flow-part" deleted`,
    { "sum.yaml": aggregated },
  ],
  [
    "accounts: tokens of all kinds, what a pod takes from its account, the default one that stays",
    `
    $ kubectl create sa bot && kubectl create token nobody
    ? 1
    error: failed to create token: serviceaccounts "nobody" not found
    $ kubectl create token bot --duration=5m
    ? 1
    error: failed to create token: TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 300: may not specify a duration less than 10 minutes
    $ kubectl create token bot --bound-object-kind=Pod --bound-object-name=nope
    ? 1
    error: failed to create token: pods "nope" not found
    $ kubectl create -f secret.yaml && kubectl wait secret/s --for=jsonpath='{.data.token}' --timeout=10s && kubectl --token=$(kubectl get secret s -o jsonpath='{.data.token}' | base64 -d) auth whoami -o jsonpath='{.status.userInfo.username}{.metadata.creationTimestamp}'
    system:serviceaccount:flow-4:bot20…Z
    $ kubectl describe secret s
    Type: kubernetes.io/service-account-token
    ca.crt: … bytes
    namespace: 6 bytes
    token: ey…
    $ kubectl patch sa bot -p '{"imagePullSecrets":[{"name":"reg"}],"automountServiceAccountToken":false}' && kubectl run p --image=nginx --overrides='{"spec":{"serviceAccountName":"bot"}}' && kubectl get pod p -o jsonpath='{.spec.imagePullSecrets}{.spec.volumes}{.spec.serviceAccount}'
    [{"name":"reg"}]bot
    $ kubectl run q --image=nginx --overrides='{"spec":{"serviceAccountName":"nobody"}}'
    ? 1
    Error from server (Forbidden): pods "q" is forbidden: error looking up service account flow-4/nobody: serviceaccount "nobody" not found
    $ kubectl delete sa default && kubectl wait --for=create sa/default --timeout=10s
    serviceaccount/default condition met
    $ kubectl delete sa bot && kubectl wait --for=delete secret/s --timeout=10s`,
    {
      "secret.yaml": `apiVersion: v1
kind: Secret
metadata: { name: s, annotations: { kubernetes.io/service-account.name: bot } }
type: kubernetes.io/service-account-token
`,
    },
  ],
  [
    "a kubeconfig is put together, and who it makes one",
    `
    $ export KUBECONFIG=$PWD/own; s=$(kubectl --kubeconfig ../$NS.kubeconfig config view --raw -o jsonpath='{.clusters[0].cluster.server}'); kubectl --kubeconfig ../$NS.kubeconfig config view --raw -o jsonpath='{.clusters[0].cluster.certificate-authority-data}' | base64 -d > ca; kubectl config set-cluster c --server=$s --certificate-authority=ca --embed-certs && kubectl config set-credentials bot --token=$(kubectl --kubeconfig ../$NS.kubeconfig create token default) && kubectl config set-context x --cluster=c --user=bot --namespace=$NS && kubectl config use-context x && kubectl auth whoami -o jsonpath='{.status.userInfo.username}'
    Cluster "c" set.
    User "bot" set.
    Context "x" created.
    Switched to context "x".
    system:serviceaccount:flow-5:default
    $ export KUBECONFIG=own; kubectl config view --minify && kubectl config view -o jsonpath='{.contexts[0].context.namespace}' && kubectl get pods
    ? 1
    certificate-authority-data: DATA+OMITTED
    token: REDACTED
    Error from server (Forbidden): pods is forbidden: User "system:serviceaccount:flow-5:default" cannot list resource "pods" in API group "" in the namespace "flow-5"
    $ export KUBECONFIG=own; kubectl config set-credentials bad --token=nonsense && kubectl --user=bad get pods
    ? 1
    error: You must be logged in to the server (Unauthorized)
    $ export KUBECONFIG=own; kubectl config rename-context x y && kubectl config get-contexts -o name && kubectl config delete-context y && kubectl config current-context
    Context "x" renamed to "y".
    y
    deleted context y from own
    y
    warning: this removed your active context, use "kubectl config use-context" to select a different one
    $ export KUBECONFIG=own; kubectl get pods
    ? 1
    $ KUBECONFIG=own kubectl config unset users && KUBECONFIG=own kubectl config get-users
    Property "users" unset.
    NAME
    ! bot
    $ kubectl get pods --context=nowhere
    ? 1
    Error in configuration: context was not found for specified context: nowhere
    $ kubectl get --raw /api/v1/namespaces --server=https://127.0.0.1:1 --insecure-skip-tls-verify
    ? 1
    The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?`,
  ],
  [
    "pod security: what is warned of, refused, and let in with a debugger of the right profile",
    `
    $ kubectl label ns $NS pod-security.kubernetes.io/enforce=restricted pod-security.kubernetes.io/warn=restricted && kubectl run bad --image=nginx
    ? 1
    Error from server (Forbidden): pods "bad" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "bad" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "bad" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "bad" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "bad" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")
    $ kubectl create deployment d --image=nginx
    deployment.apps/d created
    Warning: would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "nginx" must …
    $ kubectl create -f careful.yaml && kubectl debug careful --image=busybox --attach=false -c ok --profile=restricted && kubectl debug careful --image=busybox --attach=false -c no --profile=sysadmin
    ? 1
    Error from server (Forbidden): pods "careful" is forbidden: violates PodSecurity "restricted:latest": privileged (container "no" must not set securityContext.privileged=true), …
    $ kubectl get pod careful -o jsonpath='{.spec.ephemeralContainers[*].name}'
    ok
    $ kubectl label ns $NS pod-security.kubernetes.io/enforce=odd --overwrite
    ? 1
    The Namespace "flow-6" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "odd": must be one of privileged, baseline, restricted`,
    { "careful.yaml": careful },
  ],
  [
    "budgets: what may be evicted",
    `
    $ kubectl create pdb bad --selector=app=web --min-available=101%
    ? 1
    error: failed to create poddisruptionbudgets: PodDisruptionBudget.policy "bad" is invalid: spec.minAvailable: Invalid value: "101%": must not be greater than 100%
    $ kubectl create pdb web --selector=app=web --min-available=1 && kubectl create deployment web --image=nginx --replicas=2 && kubectl wait pdb/web --for=jsonpath='{.status.disruptionsAllowed}'=1 --timeout=20s
    $ kubectl describe pdb web
    Min available: 1
    Selector: app=web
    Allowed disruptions: 1
    Current: 2
    Desired: 1
    Total: 2
    $ kubectl scale deploy web --replicas=1 && kubectl wait pdb/web --for=jsonpath='{.status.expectedPods}'=1 --timeout=20s && kubectl wait pdb/web --for=jsonpath='{.status.disruptionsAllowed}'=0 --timeout=20s && p=$(kubectl get pod -l app=web --field-selector=status.phase=Running -o jsonpath='{.items[0].metadata.name}') && sed "s/POD/$p/" e.json | kubectl create --raw /api/v1/namespaces/$NS/pods/$p/eviction -f -
    ? 1
    Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.
    $ kubectl run free --image=nginx && ${evict("free")}
    {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}
    $ ${evict("nope")}
    ? 1
    Error from server (NotFound): pods "nope" not found
    $ kubectl create pdb web2 --selector=app=web --max-unavailable=0 && p=$(kubectl get pod -l app=web --field-selector=status.phase=Running -o jsonpath='{.items[0].metadata.name}') && sed "s/POD/$p/" e.json | kubectl create --raw /api/v1/namespaces/$NS/pods/$p/eviction -f -
    ? 1
    Error from server: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.`,
    { "e.json": eviction("POD") },
  ],
]);
