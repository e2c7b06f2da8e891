/** `kubectl top`, and what stands behind it: the resources of metrics.k8s.io, their APIService, what a node itself tells; autoscalers. */
import { flows } from "./flows.ts";

const pods = `apiVersion: v1
kind: Pod
metadata: { name: busy, labels: { app: web, tier: front } }
spec:
  containers:
    - { name: main, image: busybox, command: [node, -e, "setInterval(() => { const until = Date.now() + 30; while (Date.now() < until); }, 40)"] }
---
apiVersion: v1
kind: Pod
metadata: { name: idle, labels: { app: web, tier: back } }
spec: { containers: [ { name: main, image: echo }, { name: side, image: echo } ] }
---
apiVersion: v1
kind: Pod
metadata: { name: broken, labels: { app: web } }
spec: { containers: [ { name: main, image: not-there } ] }
`;

const autoscaled = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [ { name: web, image: echo, resources: { requests: { memory: 1Mi } } } ] }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  maxReplicas: 3
  metrics: [ { type: Resource, resource: { name: memory, target: { type: Utilization, averageUtilization: 50 } } } ]
  behavior: { scaleDown: { stabilizationWindowSeconds: 0 } }
`;

flows("kubectl top", [
  [
    "pods, with their containers, chosen, sorted and summed",
    `
    $ kubectl apply -f pods.yaml
    pod/busy created
    $ kubectl wait pod busy idle --for=condition=Ready --timeout=30s
    pod/busy condition met
    $ kubectl top pods
    NAME CPU(cores) MEMORY(bytes)
    busy …m …Mi
    idle …m …Mi
    ! broken
    $ kubectl top pods | awk '/busy/ { print ($2 + 0 > 100) ? "is busy" : $2 } /idle/ { print ($2 + 0 < 500 && $3 + 0 > 0) ? "is idle" : $2 }'
    is busy
    is idle
    $ kubectl top pod idle --containers
    POD NAME CPU(cores) MEMORY(bytes)
    idle main …m …Mi
    idle side …m …Mi
    $ kubectl top pods -l tier=front --no-headers
    busy …m …Mi
    ! idle
    ! NAME
    $ kubectl top pods --sort-by=cpu
    NAME CPU(cores) MEMORY(bytes)
    busy …
    idle …
    $ kubectl top pods --sort-by=memory --sum
    NAME CPU(cores) MEMORY(bytes)
    ________ ________
    …m …Mi
    $ kubectl top pods -A
    NAMESPACE NAME CPU(cores) MEMORY(bytes)
    $NS busy …
    $NS idle …
    $ kubectl top pods --field-selector=metadata.name=idle
    idle …
    ! busy
    $ kubectl top pod nobody
    ? 1
    Error from server (NotFound): … "nobody" not found
    $ kubectl top pod broken
    ? 1
    Error from server (NotFound): … "broken" not found
    `.replaceAll("$NS", "flow-0"),
    { "pods.yaml": pods },
  ],
  [
    "nodes",
    `
    $ kubectl top nodes
    NAME CPU(cores) CPU(%) MEMORY(bytes) MEMORY(%)
    node-0 …m …% …Mi …%
    node-1 …m …% …Mi …%
    $ kubectl top node node-1 --no-headers
    node-1 …m …% …Mi …%
    ! node-0
    $ kubectl top nodes -l kubernetes.io/hostname=node-0
    node-0 …
    ! node-1
    $ kubectl top node nobody
    ? 1
    Error from server (NotFound): … "nobody" not found
    `,
  ],
  [
    "what a node says itself",
    `
    $ kubectl apply -f web.yaml
    deployment.apps/web created
    $ kubectl rollout status deploy web --timeout=30s
    …
    $ N=$(kubectl get pods -o jsonpath={.items[0].spec.nodeName}); echo $N > n; kubectl get --raw /api/v1/nodes/$N/proxy/healthz; echo
    ok
    $ kubectl get --raw /api/v1/nodes/$(cat n)/proxy/pods | node -p 'JSON.parse(fs.readFileSync(0)).items.map(pod => pod.metadata.namespace).includes(process.env.NS)'
    true
    $ kubectl get --raw /api/v1/nodes/$(cat n):10250/proxy/stats/summary | node -p 'const { node, pods } = JSON.parse(fs.readFileSync(0)); [node.nodeName, pods.find(pod => pod.podRef.namespace === process.env.NS).containers[0].name, node.memory.usageBytes > 0].join(" ")'
    …node… web true
    $ kubectl get --raw /api/v1/nodes/$(cat n)/proxy/metrics/resource
    # TYPE container_cpu_usage_seconds_total counter
    container_cpu_usage_seconds_total{container="web",namespace="flow-…",pod="web-…"} …
    node_memory_working_set_bytes …
    pod_memory_working_set_bytes{namespace="flow-…",pod="web-…"} …
    $ kubectl get --raw /api/v1/nodes/$(cat n)/proxy/metrics
    kubelet_node_name{node="…"} 1
    $ kubectl get --raw /api/v1/nodes/$(cat n)/proxy/metrics/cadvisor
    container_memory_working_set_bytes{container="web",namespace="flow-…",pod="web-…",id="…",image="…",name="…"} …
    machine_cpu_cores …
    $ kubectl get --raw /api/v1/nodes/$(cat n)/proxy/configz
    …"kind":"KubeletConfiguration"…
    $ kubectl get --raw /api/v1/nodes/$(cat n)/proxy/logs/
    <pre>
    $ kubectl get --raw /api/v1/nodes/$(cat n)/proxy/nothing
    ? 1
    Error from server (NotFound): the server could not find the requested resource
    $ kubectl get --raw /api/v1/nodes/$(cat n):81/proxy/healthz
    ? 1
    Error from server (ServiceUnavailable): error trying to reach service: dial tcp …:81: connect: connection refused
    $ kubectl auth can-i list pods.metrics.k8s.io --as=somebody
    ? 1
    no
    $ kubectl create rolebinding view --clusterrole=view --user=somebody
    …
    $ kubectl auth can-i list pods.metrics.k8s.io --as=somebody
    yes
    $ kubectl auth can-i get nodes/proxy --as=somebody
    ? 1
    no
    `,
    { "web.yaml": autoscaled },
  ],
  [
    "the resources behind it",
    `
    $ kubectl get apiservices v1beta1.metrics.k8s.io v1. v1.apps v2.autoscaling
    NAME SERVICE AVAILABLE AGE
    v1beta1.metrics.k8s.io Local True …
    v1. Local True …
    v1.apps Local True …
    v2.autoscaling Local True …
    $ kubectl wait --for=condition=Available apiservice/v1.batch
    apiservice.apiregistration.k8s.io/v1.batch condition met
    $ kubectl api-resources --api-group=metrics.k8s.io
    NAME SHORTNAMES APIVERSION NAMESPACED KIND
    nodes metrics.k8s.io/v1beta1 false NodeMetrics
    pods metrics.k8s.io/v1beta1 true PodMetrics
    $ kubectl get nodes.metrics.k8s.io
    NAME CPU MEMORY WINDOW
    node-0 … … …s
    $ kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes/node-0
    {"kind":"NodeMetrics","apiVersion":"metrics.k8s.io/v1beta1","metadata":{"name":"node-0",…"timestamp":"…","window":"…s","usage":{"cpu":"…","memory":"…Ki"}}
    $ kubectl get --raw /openapi/v3/apis/metrics.k8s.io/v1beta1 | grep -o '"kind":"PodMetrics"' | sort -u
    "kind":"PodMetrics"
    $ kubectl get pods,nodes
    ! metrics
    `,
  ],
  [
    "the flow schemas of a fresh cluster, and one of a level that is not there",
    `
    $ kubectl get flowschemas
    NAME PRIORITYLEVEL MATCHINGPRECEDENCE DISTINGUISHERMETHOD AGE MISSINGPL
    exempt exempt 1 <none> … False
    catch-all catch-all 10000 ByUser … False
    $ kubectl get prioritylevelconfigurations
    NAME TYPE NOMINALCONCURRENCYSHARES QUEUES HANDSIZE QUEUELENGTHLIMIT AGE
    catch-all Limited 5 <none> <none> <none> …
    workload-low Limited 100 128 6 50 …
    $ kubectl apply -f schema.yaml
    flowschema.flowcontrol.apiserver.k8s.io/mine created
    $ kubectl wait flowschema mine --for=condition=Dangling --timeout=10s
    flowschema.flowcontrol.apiserver.k8s.io/mine condition met
    $ kubectl delete -f schema.yaml
    `,
    {
      "schema.yaml": `apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata: { name: mine }
spec: { priorityLevelConfiguration: { name: not-there }, matchingPrecedence: 1000 }
`,
    },
  ],
  [
    "an APIService for each custom group",
    `
    $ kubectl apply -f crd.yaml
    customresourcedefinition.apiextensions.k8s.io/gadgets.top.example.com created
    $ kubectl wait --for=create apiservice/v1.top.example.com --timeout=10s
    apiservice.apiregistration.k8s.io/v1.top.example.com condition met
    $ kubectl get apiservice v1.top.example.com
    v1.top.example.com Local True …
    $ kubectl delete -f crd.yaml
    $ kubectl wait --for=delete apiservice/v1.top.example.com --timeout=10s
    `,
    {
      "crd.yaml": `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.top.example.com }
spec:
  group: top.example.com
  scope: Namespaced
  names: { kind: Gadget, plural: gadgets }
  versions: [ { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } } ]
`,
    },
  ],
  [
    "an autoscaler follows what pods use, up and down",
    `
    $ kubectl apply -f web.yaml
    deployment.apps/web created
    horizontalpodautoscaler.autoscaling/web created
    $ kubectl get hpa web
    NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE
    web Deployment/web memory: <unknown>/50% 1 3 0 …
    $ kubectl wait hpa web --for=jsonpath={.status.desiredReplicas}=3 --timeout=60s
    horizontalpodautoscaler.autoscaling/web condition met
    $ kubectl get hpa web
    web Deployment/web memory: …%/50% 1 3 …
    $ kubectl describe hpa web
    Metrics: ( current / target )
    resource memory on pods (as a percentage of request): …% (…) / 50%
    ScalingActive True ValidMetricFound the HPA was able to successfully calculate a replica count from memory resource utilization (percentage of request)
    Normal SuccessfulRescale … horizontal-pod-autoscaler New size: 3; reason: memory resource utilization (percentage of request) above target
    $ kubectl rollout status deploy web --timeout=30s
    deployment "web" successfully rolled out
    $ kubectl patch hpa web --type=json -p '[{"op":"replace","path":"/spec/metrics/0/resource/target","value":{"type":"AverageValue","averageValue":"1Ti"}}]'
    horizontalpodautoscaler.autoscaling/web patched
    $ kubectl wait deploy web --for=jsonpath={.spec.replicas}=1 --timeout=60s
    deployment.apps/web condition met
    `,
    { "web.yaml": autoscaled },
  ],
  [
    "what workers report: custom metrics, Prometheus, an autoscaler",
    `
    $ kubectl apply -f queue.yaml
    deployment.apps/queue created
    service/queue created
    horizontalpodautoscaler.autoscaling/queue created
    $ kubectl rollout status deploy queue --timeout=30s
    …
    $ kubectl wait --for=create apiservice/v1beta2.custom.metrics.k8s.io --timeout=10s
    apiservice.apiregistration.k8s.io/v1beta2.custom.metrics.k8s.io condition met
    $ kubectl get apiservices | grep custom
    v1beta1.custom.metrics.k8s.io Local True …
    v1beta2.custom.metrics.k8s.io Local True …
    $ kubectl get --raw /apis/custom.metrics.k8s.io/v1beta2 | grep -o '"name":"pods/queue_depth","namespaced":true,"kind":"MetricValueList","singularName":"","verbs":."get".'
    "name":"pods/queue_depth","namespaced":true,"kind":"MetricValueList","singularName":"","verbs":["get"]
    $ kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta2/namespaces/$NS/pods/*/queue_depth"
    {"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta2","metadata":{},"items":[{"describedObject":{"kind":"Pod","namespace":"$NS","name":"queue-…","apiVersion":"v1"},"metric":{"name":"queue_depth"},"timestamp":"…Z","value":"0"}]}
    $ kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta1/namespaces/$NS/pods/*/queue_depth?labelSelector=app%3Dqueue&metricLabelSelector=container%3Dmain"
    …"metricName":"queue_depth","selector":{"matchLabels":{"container":"main"}},"timestamp"…
    $ kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta2/namespaces/$NS/services/queue/queue_depth"
    …"describedObject":{"kind":"Service","namespace":"$NS","name":"queue","apiVersion":"v1"}…
    $ kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta2/namespaces/$NS/deployments.apps/queue/queue_depth"
    …"describedObject":{"kind":"Deployment","namespace":"$NS","name":"queue","apiVersion":"apps/v1"}…
    $ kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta2/namespaces/$NS/metrics/queue_depth"
    …"describedObject":{"kind":"Namespace","name":"$NS","apiVersion":"v1"}…
    $ kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta2/namespaces/$NS/pods/*/queue_depth?labelSelector=app%3Dother"
    ? 1
    Error from server (NotFound): the server could not find the metric queue_depth for pods
    $ kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta2/namespaces/$NS/services/queue/other"
    ? 1
    Error from server (NotFound): the server could not find the metric other for services queue
    $ kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta2/namespaces/$NS/pods/*/queue_depth?labelSelector=%3D%3D"
    ? 1
    Error from server (BadRequest): …
    $ kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta2/namespaces/$NS/pods/*/queue_depth" --as=somebody
    ? 1
    Error from server (Forbidden): …
    $ kubectl get --raw /metrics | grep queue_depth
    # TYPE queue_depth gauge
    queue_depth{namespace="$NS",pod="queue-…",container="main"} 0
    $ kubectl get pods,services,deployments
    ! metrics
    $ kubectl wait hpa queue --for=condition=ScalingActive --timeout=40s
    horizontalpodautoscaler.autoscaling/queue condition met
    $ kubectl describe hpa queue
    Metrics: ( current / target )
    "queue_depth" on pods: 0 / 5
    "queue_depth" on Service/queue (target value): 0 / 10
    $ kubectl get hpa queue
    queue Deployment/queue 0/5, 0/10 1 3 1 …
    `.replaceAll("$NS", "flow-7"),
    {
      "queue.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: queue }
spec:
  selector: { matchLabels: { app: queue } }
  template:
    metadata: { labels: { app: queue } }
    spec: { containers: [ { name: main, image: queue, command: [queue] } ] }
---
apiVersion: v1
kind: Service
metadata: { name: queue }
spec: { selector: { app: queue }, ports: [ { port: 80 } ] }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: queue }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: queue }
  maxReplicas: 3
  metrics:
    - { type: Pods, pods: { metric: { name: queue_depth }, target: { type: AverageValue, averageValue: 5 } } }
    - type: Object
      object:
        metric: { name: queue_depth }
        describedObject: { kind: Service, name: queue }
        target: { type: Value, value: 10 }
`,
    },
  ],
]);
