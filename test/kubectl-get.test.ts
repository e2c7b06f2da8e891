/** `kubectl get` and `kubectl describe`: all forms of output, selectors, sorting, watching, and what a description tells. */
import { flows } from "./flows.ts";

const pods = `apiVersion: v1
kind: Pod
metadata: { name: a, labels: { app: web, tier: front }, annotations: { note: hello } }
spec:
  containers:
    - name: main
      image: echo
      env: [ { name: A, value: "1" } ]
      ports: [ { name: http, containerPort: 8080 } ]
      resources: { requests: { cpu: 10m, memory: 16Mi }, limits: { memory: 256Mi } }
---
apiVersion: v1
kind: Pod
metadata: { name: b, labels: { app: web, tier: back } }
spec: { containers: [ { name: main, image: echo }, { name: side, image: echo } ] }
---
apiVersion: v1
kind: Pod
metadata: { name: c, labels: { app: db } }
spec: { containers: [ { name: main, image: not-there } ] }
`;

flows("kubectl get and describe", [
  [
    "pods as a table, wide, with labels, without headers",
    `
    $ kubectl apply -f pods.yaml
    pod/a created
    pod/b created
    pod/c created
    $ kubectl wait pod a b --for=condition=Ready --timeout=30s
    pod/a condition met
    pod/b condition met
    $ kubectl get pods
    NAME READY STATUS RESTARTS AGE
    a 1/1 Running 0 …
    b 2/2 Running 0 …
    c 0/1 … 0 …
    $ kubectl get po a -o wide
    NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES
    a 1/1 Running 0 … 127.… node-… <none> <none>
    $ kubectl get pods --show-labels
    NAME READY STATUS RESTARTS AGE LABELS
    a 1/1 Running 0 … app=web,tier=front
    $ kubectl get pods -L app,tier -l tier=back
    NAME READY STATUS RESTARTS AGE APP TIER
    b 2/2 Running 0 … web back
    $ kubectl get pods --no-headers -l 'app in (db)'
    ! NAME
    c 0/1 …
    $ kubectl get pods -l 'app=web,tier!=back' -o name
    pod/a
    ! pod/b
    $ kubectl get pods -l '!tier' -o name
    pod/c
    $ kubectl get pods --field-selector=metadata.name=b -o name
    pod/b
    ! pod/a
    $ kubectl get pods --field-selector=status.phase!=Running -o name
    pod/c
    ! pod/a
    $ kubectl get pods --field-selector=spec.nodeName= -o name
    ! pod/
    $ kubectl get pods --field-selector=spec.nonsense=x
    ? 1
    Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "spec.nonsense=x": field label not supported: spec.nonsense
    $ kubectl get deployments --field-selector=spec.replicas=1
    ? 1
    Error from server (BadRequest): Unable to find "apps/v1, Resource=deployments" that match label selector "", field selector "spec.replicas=1": "spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"
    $ kubectl get pod/a pod/b -o name
    pod/a
    pod/b
    $ kubectl get pod a nobody
    ? 1
    a 1/1 Running 0 …
    Error from server (NotFound): pods "nobody" not found
    $ kubectl get pod nobody --ignore-not-found
    ! NotFound
    $ kubectl get nonsense
    ? 1
    error: the server doesn't have a resource type "nonsense"`,
    { "pods.yaml": pods },
  ],
  [
    "json, yaml, jsonpath, custom columns, go templates, sorted",
    `
    $ kubectl create cm one --from-literal=n=2
    configmap/one created
    $ kubectl create cm two --from-literal=n=1
    configmap/two created
    $ kubectl get cm one -o json
    "apiVersion": "v1",
    "kind": "ConfigMap",
    ! managedFields
    $ kubectl get cm one -o yaml --show-managed-fields
    kind: ConfigMap
    managedFields:
    - apiVersion: v1
    fieldsType: FieldsV1
    manager: kubectl-create
    operation: Update
    $ kubectl get cm -o jsonpath='{range .items[*]}{.metadata.name}{"="}{.data.n}{"\\n"}{end}' | grep =.
    one=2
    two=1
    $ kubectl get cm -o jsonpath='{.items[?(@.data.n=="1")].metadata.name}'
    two
    $ kubectl get cm -o custom-columns=NAME:.metadata.name,N:.data.n
    NAME N
    kube-root-ca.crt <none>
    one 2
    two 1
    $ kubectl get cm --sort-by=.data.n -o name
    configmap/kube-root-ca.crt
    configmap/two
    configmap/one
    $ kubectl get cm --sort-by=.metadata.name
    NAME DATA AGE
    kube-root-ca.crt 1 …
    one 1 …
    two 1 …
    $ kubectl get cm one -o go-template='{{.metadata.name}} {{len .data}}'
    one 1
    $ kubectl get cm -o go-template-file=t.txt
    kube-root-ca.crt one two
    $ kubectl get cm one two -o json | grep -c '"kind": "ConfigMap"'
    2
    $ kubectl get cm -o kyaml
    kind: "List",
    $ kubectl get cm one -o nonsense
    ? 1
    error: unable to match a printer suitable for the output format "nonsense", …`,
    { "t.txt": "{{range .items}}{{.metadata.name}} {{end}}" },
  ],
  [
    "all, several kinds at once, all namespaces",
    `
    $ kubectl create deployment d --image=echo
    deployment.apps/d created
    $ kubectl create service clusterip s --tcp=80
    service/s created
    $ kubectl get all
    NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE
    service/s ClusterIP … <none> 80/TCP …
    NAME READY UP-TO-DATE AVAILABLE AGE
    deployment.apps/d …
    $ kubectl get deploy,svc
    deployment.apps/d …
    service/s …
    $ kubectl get svc -A
    NAMESPACE NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE
    default kubernetes ClusterIP 10.… <none> 443/TCP …
    … s ClusterIP …
    $ kubectl get deployments.apps/d deployments.v1.apps/d -o name
    deployment.apps/d
    deployment.apps/d
    $ kubectl get ns default kube-system -o name
    namespace/default
    namespace/kube-system`,
  ],
  [
    "watches, and ends when told",
    `
    $ (until [ -e watched ]; do kubectl create cm w --from-literal=a=b; kubectl delete cm w; done) > /dev/null & kubectl get cm --watch-only --output-watch-events | head -4; touch watched; wait
    EVENT NAME DATA AGE
    ADDED w 1 …
    DELETED w 1 …
    $ timeout 3 kubectl get cm -w --request-timeout=1
    NAME DATA AGE
    kube-root-ca.crt 1 …`,
  ],
  [
    "raw paths and pages",
    `
    $ kubectl get --raw /api/v1/namespaces/$NS | cut -c1-40
    {"kind":"Namespace","apiVersion":"v1",…
    $ kubectl get --raw /healthz
    ok
    $ kubectl get --raw '/readyz?verbose'
    [+]ping ok
    readyz check passed
    $ kubectl get --raw /version
    "major": "1",
    "minor": "35",
    $ for i in 1 2 3 4 5; do kubectl create cm c$i; done
    configmap/c5 created
    $ kubectl get cm --chunk-size=2 -o name | wc -l
    6
    $ kubectl get --raw "/api/v1/namespaces/$NS/configmaps?limit=2" | grep -c '"remainingItemCount":4'
    1
    $ kubectl get --raw / | grep -cE '"/(api/v1|apis|apis/apps/v1|healthz/etcd|openapi/v3|readyz/shutdown|version)"'
    7
    $ kubectl get --raw /nonsense
    ? 1
    Error from server (NotFound): the server could not find the requested resource`,
  ],
  [
    "subresources",
    `
    $ kubectl create deployment d --image=echo --replicas=2
    deployment.apps/d created
    $ kubectl get deployment d --subresource=scale
    NAME DESIRED AVAILABLE AGE
    d 2 …
    $ kubectl get deployment d --subresource=status -o name
    deployment.apps/d
    $ kubectl get cm kube-root-ca.crt --subresource=scale
    ? 1
    Error from server (NotFound): the server could not find the requested resource`,
  ],
  [
    "a pod, described",
    `
    $ kubectl apply -f pods.yaml
    pod/a created
    $ kubectl wait pod a --for=condition=Ready --timeout=30s
    pod/a condition met
    $ kubectl describe pod a
    Name: a
    Namespace: flow-…
    Priority: 0
    Service Account: default
    Node: node-…/127.…
    Start Time: …
    Labels: app=web
    tier=front
    Annotations: note: hello
    Status: Running
    IP: 127.…
    IPs:
    IP: 127.…
    Containers:
    main:
    Container ID: …://…
    Image: echo
    Image ID: …
    Port: 8080/TCP (http)
    Host Port: 0/TCP (http)
    State: Running
    Started: …
    Ready: True
    Restart Count: 0
    Limits:
    memory: 256Mi
    Requests:
    cpu: 10m
    memory: 16Mi
    Environment:
    A: 1
    Conditions:
    Type Status
    PodReadyToStartContainers True
    Initialized True
    Ready True
    ContainersReady True
    PodScheduled True
    QoS Class: Burstable
    Node-Selectors: <none>
    Tolerations: node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
    node.kubernetes.io/unreachable:NoExecute op=Exists for 300s
    Events:
    Type Reason Age From Message
    Normal Created … kubelet spec.containers{main}: Container created
    Normal Started … kubelet spec.containers{main}: Container started
    $ kubectl events --for pod/a
    … Normal Scheduled Pod/a Successfully assigned …/a to node-…
    $ kubectl describe pod c
    Status: Pending
    State: Waiting
    Reason: …
    Warning Failed … kubelet …Failed to pull image "not-there": …
    $ kubectl describe pods -l app=web | grep ^Name:
    Name: a
    Name: b
    $ kubectl describe po b --show-events=false
    ! Events:
    $ kubectl describe pod nobody
    ? 1
    Error from server (NotFound): pods "nobody" not found`,
    { "pods.yaml": pods },
  ],
  [
    "a service and its slices",
    `
    $ kubectl apply -f pods.yaml
    pod/a created
    $ kubectl expose pod a --port=80 --target-port=http --name=front
    service/front exposed
    $ kubectl wait pod a --for=condition=Ready --timeout=30s
    pod/a condition met
    $ kubectl wait svc/front --for=create --timeout=5s
    service/front condition met
    $ sleep 1; kubectl describe svc front
    Name: front
    Labels: app=web
    Annotations: <none>
    Selector: app=web,tier=front
    Type: ClusterIP
    IP Family Policy: SingleStack
    IP Families: IPv4
    IP: 10.…
    IPs: 10.…
    Port: <unset> 80/TCP
    TargetPort: http/TCP
    Endpoints: 127.…:8080
    Session Affinity: None
    Internal Traffic Policy: Cluster
    Events: <none>
    $ kubectl get endpointslices -l kubernetes.io/service-name=front
    NAME ADDRESSTYPE PORTS ENDPOINTS AGE
    front-… IPv4 8080 127.… …
    $ kubectl get endpoints front
    NAME ENDPOINTS AGE
    front 127.…:8080 …
    Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
    $ kubectl describe endpointslice -l kubernetes.io/service-name=front
    AddressType: IPv4
    Ports:
    Endpoints:
    - Addresses: 127.…
    Conditions:
    Ready: true
    TargetRef: Pod/a`,
    { "pods.yaml": pods },
  ],
  [
    "nodes: table, description, lease",
    `
    $ kubectl get nodes -o wide
    NAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME
    node-0 Ready <none> … v1.35.2 127.0.0.1 <none> …
    $ kubectl describe node node-0
    Name: node-0
    Roles: <none>
    Labels: …
    kubernetes.io/hostname=node-0
    kubernetes.io/os=linux
    Taints: <none>
    Unschedulable: false
    Lease:
    HolderIdentity: node-0
    AcquireTime: <unset>
    RenewTime: …
    Conditions:
    Ready True … KubeletReady kubelet is posting ready status
    Addresses:
    InternalIP: …
    Hostname: node-0
    Capacity:
    ephemeral-storage: …
    pods: …
    Allocatable:
    System Info:
    Kubelet Version: v1.35.2
    Non-terminated Pods: …
    Allocated resources:
    Events:
    Type Reason Age From Message
    Normal Starting … kubelet Starting kubelet.
    Normal NodeReady … kubelet Node node-0 status is now: NodeReady
    $ kubectl get lease -n kube-node-lease
    NAME HOLDER AGE
    node-0 node-0 …
    node-1 node-1 …
    $ kubectl get no -l kubernetes.io/hostname=node-1 -o name
    node/node-1`,
  ],
  [
    "a namespace with quota and limits",
    `
    $ kubectl create quota q --hard=configmaps=5,pods=3
    resourcequota/q created
    $ kubectl apply -f limits.yaml
    limitrange/l created
    $ kubectl wait quota/q --for=jsonpath='{.status.used.configmaps}'=1 --timeout=10s
    resourcequota/q condition met
    $ kubectl describe ns $NS
    Name: flow-…
    Labels: kubernetes.io/metadata.name=flow-…
    Annotations: <none>
    Status: Active
    Resource Quotas
    Name: q
    Resource Used Hard
    -------- --- ---
    configmaps 1 5
    pods 0 3
    Resource Limits
    Type Resource Min Max Default Request Default Limit Max Limit/Request Ratio
    Container cpu - - 100m 200m -
    $ kubectl get quota
    NAME REQUEST LIMIT AGE
    q configmaps: 1/5, pods: 0/3 …
    $ kubectl describe limits l
    Name: l
    Container cpu - - 100m 200m -
    $ kubectl run p --image=echo
    pod/p created
    $ kubectl get pod p -o jsonpath={.spec.containers[0].resources}
    {"limits":{"cpu":"200m"},"requests":{"cpu":"100m"}}
    $ kubectl wait quota/q --for=jsonpath='{.status.used.pods}'=1 --timeout=10s
    resourcequota/q condition met
    $ for i in 1 2 3 4 5; do kubectl create cm c$i; done
    ? 1
    configmap/c4 created
    error: failed to create configmap: configmaps "c5" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=5, limited: configmaps=5`,
    {
      "limits.yaml":
        "apiVersion: v1\nkind: LimitRange\nmetadata: { name: l }\nspec: { limits: [ { type: Container, default: { cpu: 200m }, defaultRequest: { cpu: 100m } } ] }\n",
    },
  ],
  [
    "storage: classes, volumes, claims",
    `
    $ kubectl apply -f s.yaml
    storageclass.storage.k8s.io/flow-slow created
    persistentvolume/flow-pv created
    persistentvolumeclaim/c created
    $ kubectl get sc flow-slow
    NAME PROVISIONER RECLAIMPOLICY VOLUMEBINDINGMODE ALLOWVOLUMEEXPANSION AGE
    flow-slow example.org/none Delete WaitForFirstConsumer false …
    $ kubectl get pv flow-pv
    NAME CAPACITY ACCESS MODES RECLAIM POLICY STATUS CLAIM STORAGECLASS VOLUMEATTRIBUTESCLASS REASON AGE
    flow-pv 1Gi RWO Retain … flow-other <unset> …
    $ kubectl get pvc c
    NAME STATUS VOLUME CAPACITY ACCESS MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE
    c Pending flow-slow <unset> …
    $ kubectl describe pvc c
    Name: c
    StorageClass: flow-slow
    Status: Pending
    VolumeMode: Filesystem
    Used By: <none>
    $ kubectl describe pv flow-pv
    Reclaim Policy: Retain
    Access Modes: RWO
    Capacity: 1Gi
    Source:
    Type: HostPath (bare host directory volume)
    $ kubectl describe sc flow-slow
    Name: flow-slow
    Provisioner: example.org/none
    $ kubectl delete pvc c --timeout=10s
    persistentvolumeclaim "c" deleted from …
    $ kubectl delete pv/flow-pv sc/flow-slow --timeout=10s
    persistentvolume "flow-pv" deleted
    storageclass.storage.k8s.io "flow-slow" deleted`,
    {
      "s.yaml": `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: flow-slow }
provisioner: example.org/none
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: v1
kind: PersistentVolume
metadata: { name: flow-pv }
spec: { capacity: { storage: 1Gi }, accessModes: [ReadWriteOnce], storageClassName: flow-other, hostPath: { path: /tmp } }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: c }
spec: { accessModes: [ReadWriteOnce], storageClassName: flow-slow, resources: { requests: { storage: 1Gi } } }
`,
    },
  ],
  [
    "descriptions of what is kept and not run",
    `
    $ kubectl apply -f all.yaml
    networkpolicy.networking.k8s.io/np created
    ingressclass.networking.k8s.io/flow-ic created
    horizontalpodautoscaler.autoscaling/h created
    lease.coordination.k8s.io/l created
    runtimeclass.node.k8s.io/flow-rc created
    csidriver.storage.k8s.io/flow.example.org created
    replicationcontroller/r created
    podtemplate/t created
    $ kubectl describe netpol np
    Name: np
    Spec:
    PodSelector: app=web
    Allowing ingress traffic:
    To Port: 80/TCP
    From:
    PodSelector: app=front
    Not affecting egress traffic
    Policy Types: Ingress
    $ kubectl get netpol np
    NAME POD-SELECTOR AGE
    np app=web …
    $ kubectl describe ingressclass flow-ic
    Name: flow-ic
    Controller: example.org/c
    $ kubectl get hpa h
    NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE
    h Deployment/web cpu: <unknown>/50% 1 5 …
    $ kubectl describe hpa h
    Name: h
    Reference: Deployment/web
    Metrics: ( current / target )
    resource cpu on pods (as a percentage of request): <unknown> / 50%
    Min replicas: 1
    Max replicas: 5
    $ kubectl describe lease l
    Name: l
    Spec:
    Holder Identity: me
    $ kubectl describe runtimeclass flow-rc
    Handler: thread
    $ kubectl get csidriver flow.example.org
    NAME ATTACHREQUIRED PODINFOONMOUNT STORAGECAPACITY TOKENREQUESTS REQUIRESREPUBLISH MODES AGE
    flow.example.org true false false <unset> false Persistent …
    $ kubectl get rc r
    NAME DESIRED CURRENT READY AGE
    r 0 0 0 …
    $ kubectl get podtemplate t
    NAME CONTAINERS IMAGES POD LABELS
    t main echo app=t
    $ kubectl delete ingressclass/flow-ic runtimeclass/flow-rc csidriver/flow.example.org
    ingressclass.networking.k8s.io "flow-ic" deleted
    runtimeclass.node.k8s.io "flow-rc" deleted
    csidriver.storage.k8s.io "flow.example.org" deleted`,
    {
      "all.yaml": `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: np }
spec: { podSelector: { matchLabels: { app: web } }, ingress: [ { from: [ { podSelector: { matchLabels: { app: front } } } ], ports: [ { port: 80 } ] } ] }
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: flow-ic }
spec: { controller: example.org/c }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: h }
spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }, maxReplicas: 5, metrics: [ { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 50 } } } ] }
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: { name: l }
spec: { holderIdentity: me, leaseDurationSeconds: 15 }
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: { name: flow-rc }
handler: thread
---
apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: { name: flow.example.org }
spec: {}
---
apiVersion: v1
kind: ReplicationController
metadata: { name: r }
spec: { replicas: 0, selector: { app: r }, template: { metadata: { labels: { app: r } }, spec: { containers: [ { name: main, image: echo } ] } } }
---
apiVersion: v1
kind: PodTemplate
metadata: { name: t }
template: { metadata: { labels: { app: t } }, spec: { containers: [ { name: main, image: echo } ] } }
`,
    },
  ],
]);
