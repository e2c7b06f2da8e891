/** Running a cluster by kubectl: roll-outs, nodes, who may do what, ports and proxies, events; and releases by helm. */
import { flows } from "./flows.ts";

const rbac = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: NS }
rules: [ { apiGroups: [""], resources: [pods], verbs: [get, list] } ]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reads, namespace: NS }
subjects: [ { kind: User, name: jane, apiGroup: rbac.authorization.k8s.io } ]
roleRef: { kind: Role, name: reader, apiGroup: rbac.authorization.k8s.io }
`;

const request = `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: NAME }
spec: { request: REQUEST, signerName: kubernetes.io/kube-apiserver-client, expirationSeconds: 86400, usages: [client auth] }
`;

const probed = `apiVersion: v1
kind: Pod
metadata: { name: p }
spec:
  containers:
    - name: c
      image: nginx
      readinessProbe: { httpGet: { path: /, port: 80 }, periodSeconds: 60 }
    - name: deaf
      image: busybox
      command: [ sleep, "600" ]
      livenessProbe: { tcpSocket: { port: 81 }, failureThreshold: 1 }
`;

flows("kubectl rollout, drain, taint, auth, certificate, port-forward, proxy, events; helm", [
  [
    "roll-outs: history, undo, pause, restart, and what cannot be",
    `
    $ kubectl create deployment web --image=nginx
    deployment.apps/web created
    $ kubectl set image deploy/web nginx=nginx:1.27 && kubectl annotate deploy/web kubernetes.io/change-cause=newer
    deployment.apps/web annotated
    $ kubectl rollout status deploy/web
    deployment "web" successfully rolled out
    $ kubectl rollout history deploy/web
    1 <none>
    2 newer
    $ kubectl rollout history deploy/web --revision=2
    deployment.apps/web with revision #2
    Image: nginx:1.27
    $ kubectl rollout undo deploy/web --to-revision=77
    ? 1
    error: unable to find specified revision 77 in history
    $ kubectl rollout undo deploy/web --to-revision=1 --dry-run=server && kubectl rollout undo deploy/web
    deployment.apps/web rolled back (server dry run)
    deployment.apps/web rolled back
    $ kubectl rollout pause deploy/web && kubectl rollout restart deploy/web
    ? 1
    deployment.apps/web paused
    error: deployments.apps "web" can't restart paused deployment (run rollout resume first)
    $ kubectl rollout resume deploy/web && kubectl rollout restart deploy -l app=web && kubectl rollout status deploy/web
    deployment.apps/web resumed
    deployment.apps/web restarted
    deployment "web" successfully rolled out
    $ kubectl set image deploy/web nginx=nowhere:1 && kubectl rollout status deploy/web --timeout=1s
    ? 1
    error: timed out waiting for the condition
    $ kubectl rollout status cm/kube-root-ca.crt
    ? 1
    error: no status viewer has been implemented for ConfigMap`,
  ],
  [
    "nodes: taints and their managers, cordon, drain",
    `
    $ kubectl taint node node-1 flow=a:PreferNoSchedule
    node/node-1 tainted
    $ kubectl taint node node-1 flow=b:PreferNoSchedule
    ? 1
    error: node node-1 already has flow taint(s) with same effect(s) and --overwrite is false
    $ kubectl taint node node-1 flow=b:PreferNoSchedule --overwrite
    node/node-1 modified
    $ kubectl get node node-1 --show-managed-fields -o jsonpath='{.metadata.managedFields[*].manager}' | grep -o kubectl-taint
    kubectl-taint
    $ kubectl taint node node-1 flow- && kubectl taint node node-1 flow-
    ? 1
    node/node-1 untainted
    error: taint "flow" not found
    $ kubectl run lonely --image=nginx --overrides='{"spec":{"nodeName":"node-1","terminationGracePeriodSeconds":1}}' && kubectl wait pod lonely --for=condition=Ready
    pod/lonely condition met
    $ kubectl drain node-1 --pod-selector=run=lonely
    ? 1
    node/node-1 cordoned
    error: unable to drain node "node-1" due to error: cannot delete …Pods that declare no controller (use --force to override): flow-1/lonely, continuing command...
    $ kubectl drain node-1 --pod-selector=run=lonely --force
    node/node-1 already cordoned
    evicting pod flow-1/lonely
    pod/lonely evicted
    node/node-1 drained
    $ kubectl uncordon node-1 && kubectl cordon nowhere
    ? 1
    node/node-1 uncordoned
    Error from server (NotFound): nodes "nowhere" not found`,
  ],
  [
    "who may do what: roles, impersonation, tokens, certificates",
    `
    $ sed s/NS/$NS/ rbac.yaml > r.yaml && kubectl auth reconcile -f r.yaml && kubectl auth reconcile -f r.yaml
    role.rbac.authorization.k8s.io/reader reconciled
    rolebinding.rbac.authorization.k8s.io/reads reconciled
    $ kubectl auth can-i list pods --as jane && kubectl auth can-i delete pods --as jane
    ? 1
    yes
    no
    $ kubectl get secret x --as jane
    ? 1
    Error from server (Forbidden): secrets "x" is forbidden: User "jane" cannot get resource "secrets" in API group "" in the namespace "flow-2"
    $ kubectl auth can-i --list --as jane
    Resources Non-Resource URLs Resource Names Verbs
    pods [] [] [get list]
    $ kubectl create sa robot && kubectl --token=$(kubectl create token robot) auth whoami
    serviceaccount/robot created
    Username system:serviceaccount:flow-2:robot
    Groups [system:serviceaccounts system:serviceaccounts:flow-2 system:authenticated]
    $ kubectl create token robot -o jsonpath='{.spec.audiences}'
    ["https://kubernetes.default.svc.cluster.local"]
    $ kubectl create token robot --audience=vault --duration=1h | cut -d. -f2 | base64 -d 2>/dev/null | grep -o '"aud":."vault".'
    "aud":["vault"]
    $ openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -subj /CN=jane/O=dev -out r.csr 2>/dev/null
    $ for n in jane tom; do sed "s#REQUEST#$(base64 -w0 < r.csr)#;s/NAME/$n/" csr.yaml | kubectl create -f -; done
    certificatesigningrequest.certificates.k8s.io/jane created
    $ kubectl certificate approve jane && kubectl certificate deny tom
    certificatesigningrequest.certificates.k8s.io/jane approved
    certificatesigningrequest.certificates.k8s.io/tom denied
    $ kubectl wait csr jane --for=jsonpath='{.status.certificate}' && kubectl get csr
    jane … kubernetes.io/kube-apiserver-client … 24h Approved,Issued
    tom … kubernetes.io/kube-apiserver-client … 24h Denied
    $ kubectl get csr jane -o jsonpath={.status.certificate} | base64 -d > c.pem; kubectl config set-credentials jane --client-certificate=c.pem --client-key=k.pem --embed-certs
    User "jane" set.
    $ kubectl --user=jane get pods
    No resources found in flow-2 namespace.
    $ kubectl --user=jane get svc
    ? 1
    Error from server (Forbidden): services is forbidden: User "jane" cannot list resource "services" in API group "" in the namespace "flow-2"`,
    { "rbac.yaml": rbac, "csr.yaml": request },
  ],
  [
    "ports and proxies",
    `
    $ kubectl create deployment web --image=nginx && kubectl expose deploy web --port=8080 --target-port=80 && kubectl rollout status deploy/web
    service/web exposed
    $ for what in deploy/web svc/web; do f=\${what%/*}; kubectl port-forward $what :$([ $f = svc ] && echo 8080 || echo 80) > $f & p=$!; until grep -qs : $f; do sleep 0.1; done; curl -s localhost:$(grep -oE ':[0-9]+ ' $f | head -1 | tr -d ': ') | grep -c 'Welcome to nginx!</h1>'; kill $p; done
    1
    1
    $ kubectl port-forward svc/web 0:81
    ? 1
    error: Service web does not have a service port 81
    $ kubectl proxy --port=0 > px & p=$!; until grep -q : px; do sleep 0.1; done; curl -s localhost:$(grep -oE '[0-9]+$' px)/api/v1/namespaces/$NS/services/web:8080/proxy/ | grep -c 'Welcome to nginx!</h1>'; curl -s localhost:$(grep -oE '[0-9]+$' px)/api/v1/namespaces/$NS/services/web | grep '"kind"'; kill $p
    1
    "kind": "Service",
    $ kubectl get --raw /api/v1/namespaces/$NS/services/nothing/proxy/
    ? 1
    Error from server (NotFound): services "nothing" not found`,
  ],
  [
    "events, and probes that tell why",
    `
    $ kubectl apply -f p.yaml && kubectl wait pod p --for=jsonpath='{.status.containerStatuses[0].ready}'=true --timeout=10s
    pod/p condition met
    $ kubectl wait pod p --for=jsonpath='{.status.containerStatuses[1].restartCount}'=1 --timeout=30s
    pod/p condition met
    $ kubectl events --for pod/p --types=Warning
    LAST SEEN TYPE REASON OBJECT MESSAGE
    … Warning Unhealthy Pod/p Liveness probe failed: dial tcp 127.…:81: connect: connection refused
    ! Readiness
    $ kubectl get events --field-selector involvedObject.name=p,reason=Killing
    … Normal Killing pod/p Container deaf failed liveness probe, will be restarted
    $ kubectl create cronjob never --schedule='59 23 31 2 *' --image=busybox -- date; sleep 1; kubectl events --for=cronjob/never
    … Warning InvalidSchedule CronJob/never invalid schedule: 59 23 31 2 * : …
    $ kubectl events --types=Odd
    ? 1
    error: valid --types are Normal or Warning`,
    { "p.yaml": probed },
  ],
  [
    "helm: a chart of its own, installed, tested, upgraded, rolled back, uninstalled",
    `
    $ helm create c && helm lint c && helm install r c -n $NS --wait --timeout 20s
    1 chart(s) linted, 0 chart(s) failed
    STATUS: deployed
    $ helm test r -n $NS
    Phase: Succeeded
    $ helm upgrade r c -n $NS --set replicaCount=2 && helm history r -n $NS
    Release "r" has been upgraded. Happy Helming!
    1 … superseded c-0.1.0 1.16.0 Install complete
    2 … deployed c-0.1.0 1.16.0 Upgrade complete
    $ helm upgrade r c -n $NS --set image.repository=nowhere --rollback-on-failure --timeout 3s
    ? 1
    Error: UPGRADE FAILED: release r failed, and has been rolled back due to rollback-on-failure being set: …
    $ helm get values r -n $NS && helm rollback r 1 -n $NS
    replicaCount: 2
    Rollback was a success! Happy Helming!
    $ helm install r c -n $NS
    ? 1
    Error: INSTALLATION FAILED: release name check failed: cannot reuse a name that is still in use
    $ helm uninstall r -n $NS --wait --keep-history && helm list -n $NS --uninstalled -q
    release "r" uninstalled
    r
    $ kubectl get deploy,svc,sa -o name
    serviceaccount/default
    ! r-c`,
  ],
]);
