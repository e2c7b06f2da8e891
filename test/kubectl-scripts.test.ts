/**
 * What Kubernetes' own tests of the command line play (its `test/cmd`) and no other file here does: folders with a broken file in
 * them, custom resources whose kind is not called like their resource, histories with causes, classes of storage, schedules.
 */
import { flows } from "./flows.ts";

const pod = (name: string, kind = "kind") => `
apiVersion: v1
${kind}: Pod
metadata: { name: ${name}, labels: { app: ${name} } }
spec: { containers: [{ name: c, image: busybox, command: [sleep, "60"] }] }
`;

const definition = (plural: string, kind: string, group: string) => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ${plural}.${group} }
spec:
  group: ${group}
  scope: Namespaced
  names: { plural: ${plural}, kind: ${kind} }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;

const daemonSet = (image: string) => `
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: bind }
spec:
  selector: { matchLabels: { service: bind } }
  template:
    metadata: { labels: { service: bind } }
    spec: { containers: [{ name: pause, image: "${image}" }] }
`;

flows("kubectl, as its own scripts play it", [
  [
    "of a folder with a broken file, the others are taken",
    `
    $ kubectl create -f all -R
    ? 1
    pod/a created
    pod/b created
    error: error validating "all/more/broken.yaml": error validating data: kind not set; if you choose to ignore these errors, turn validation off with --validate=false
    $ kubectl get -f all -R -o name
    ? 1
    pod/a
    pod/b
    …unable to decode "all/more/broken.yaml": Object 'Kind' is missing in '{"apiVersion":"v1",…
    $ kubectl label -f all -R x=y
    ? 1
    pod/a labeled
    pod/b labeled
    $ kubectl patch -f all -R -p '{"spec":{"containers":[{"name":"c","image":"alpine"}]}}'
    ? 1
    pod/a patched
    pod/b patched
    $ kubectl get pods -l x=y -o jsonpath={.items[*].spec.containers[0].image}
    alpine alpine
    $ kubectl delete -f all -R --now
    ? 1
    pod "a" deleted from …
    pod "b" deleted from …`,
    { "all/a.yaml": pod("a"), "all/more/b.yaml": pod("b"), "all/more/broken.yaml": pod("d", "ind") },
  ],
  [
    "a kind that is not called like its resource, and patches of what has no schema",
    `
    $ kubectl create -f crd.yaml
    customresourcedefinition.apiextensions.k8s.io/resources.suite.example.com created
    $ kubectl wait --for=condition=Established crd/resources.suite.example.com --timeout=10s
    $ kubectl api-resources --api-group=suite.example.com -o wide
    resources suite.example.com/v1 true Kind delete,deletecollection,get,list,patch,create,update,watch
    $ kubectl apply -f one.yaml
    kind.suite.example.com/one created
    $ kubectl get kind.suite.example.com/one resources.v1.suite.example.com/one -o name
    kind.suite.example.com/one
    kind.suite.example.com/one
    $ kubectl patch kind one -p '{"size":2}'
    ? 1
    error: application/strategic-merge-patch+json is not supported by suite.example.com/v1, Kind=Kind: …
    $ kubectl patch --local -f one.yaml -p '{"size":2}'
    ? 1
    error: strategic merge patch is not supported for suite.example.com/v1, Kind=Kind locally, try --type merge
    $ kubectl patch kind one --type=merge -p '{"size":2,"more":{"size":3}}'
    kind.suite.example.com/one patched
    $ kubectl patch kind one --type=merge -p '{"more":null}'
    kind.suite.example.com/one patched
    $ kubectl describe kinds.suite.example.com one
    ? 1
    error: the server doesn't have a resource type "kinds"
    $ kubectl describe resources.suite.example.com one
    Kind: Kind
    Size: 2
    Events: <none>
    $ kubectl patch kind one --type=merge --subresource=status -p '{"status":{}}'
    ? 1
    Error from server (NotFound): resources.suite.example.com "one" not found
    $ kubectl delete -f crd.yaml -f one.yaml
    customresourcedefinition.apiextensions.k8s.io "resources.suite.example.com" deleted
    kind.suite.example.com "one" deleted from …
    $ kubectl get resources.v1.suite.example.com
    ? 1
    …(get resources.suite.example.com)`,
    {
      "crd.yaml": definition("resources", "Kind", "suite.example.com"),
      "one.yaml": "{ apiVersion: suite.example.com/v1, kind: Kind, metadata: { name: one }, size: 1 }",
    },
  ],
  [
    "the history of a daemon set has the cause of each change",
    `
    $ kubectl apply -f one.yaml --record
    daemonset.apps/bind created
    $ kubectl rollout status ds/bind --timeout=30s
    daemon set "bind" successfully rolled out
    $ kubectl apply -f two.yaml --record
    daemonset.apps/bind configured
    $ kubectl rollout status ds/bind --timeout=30s
    daemon set "bind" successfully rolled out
    $ kubectl rollout history ds/bind
    REVISION CHANGE-CAUSE
    1 kubectl apply --filename=one.yaml --record=true
    2 kubectl apply --filename=two.yaml --record=true
    $ kubectl rollout undo ds/bind --to-revision=100
    ? 1
    error: unable to find specified revision 100 in history
    $ kubectl rollout undo daemonset
    daemonset.apps/bind rolled back
    $ kubectl get ds bind -o jsonpath={..image}
    registry.k8s.io/pause:3.9
    $ kubectl set env ds/bind a=b
    daemonset.apps/bind env updated
    $ kubectl get ds bind -o jsonpath={.metadata.generation}
    4`,
    {
      "one.yaml": daemonSet("registry.k8s.io/pause:3.9"),
      "two.yaml": daemonSet("registry.k8s.io/pause:3.10"),
    },
  ],
  [
    "a template without an output format, by any command",
    `
    $ kubectl create deployment web --image=nginx --template='{{.metadata.name}}:'
    web:
    $ kubectl set env deploy/web A=B --dry-run=server --template='{{.kind}}:'
    Deployment:
    $ kubectl create quota q --hard=pods=3 --template='{{.spec.hard.pods}}:'
    3:
    $ kubectl rollout pause deploy/web --template='{{.spec.paused}}:'
    true:
    $ kubectl get deploy web --template='{{.metadata.missing}}'
    <no value>
    $ kubectl get deploy web --allow-missing-template-keys=false -o go-template='{{.missing}}'
    ? 1
    …map has no entry for key "missing"…
    $ KUBECTL_EXTERNAL_DIFF=find kubectl diff -f pod.yaml
    …/v1.Pod.….d`,
    { "pod.yaml": pod("d") },
  ],
  [
    "classes of storage, and a class of attributes that goes",
    `
    $ kubectl apply -f class.yaml
    storageclass.storage.k8s.io/suite created
    volumeattributesclass.storage.k8s.io/suite created
    $ kubectl describe sc suite
    IsDefaultClass: No
    Parameters: type=ssd
    $ kubectl get vac suite
    suite disks.example.com …
    $ kubectl delete -f class.yaml --timeout=10s
    storageclass.storage.k8s.io "suite" deleted
    volumeattributesclass.storage.k8s.io "suite" deleted`,
    {
      "class.yaml": `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: suite }
provisioner: disks.example.com
parameters: { type: ssd }
---
apiVersion: storage.k8s.io/v1
kind: VolumeAttributesClass
metadata: { name: suite }
driverName: disks.example.com
parameters: { iops: "1" }
`,
    },
  ],
  [
    "a schedule that makes no sense is refused with what is wrong in it",
    `
    $ kubectl create cronjob c --image=busybox --schedule='61 * * * *'
    ? 1
    error: failed to create cronjob: CronJob.batch "c" is invalid: spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61
    $ kubectl create cronjob c --image=busybox --schedule='TZ=UTC 0 0 * * *'
    ? 1
    …cannot use TZ or CRON_TZ in schedule, use timeZone field instead
    $ kubectl create cronjob c --image=busybox --schedule='@daily'
    cronjob.batch/c created`,
  ],
  [
    "fields that are computed can be selected by, and events by both of their versions",
    `
    $ kubectl run web --image=nginx
    pod/web created
    $ kubectl wait --for=condition=Ready pod/web --timeout=20s
    pod/web condition met
    $ kubectl get pods --field-selector spec.hostNetwork=false -o name
    pod/web
    $ kubectl get nodes --field-selector spec.unschedulable=false -o name
    node/node-0
    node/node-1
    $ kubectl get events --field-selector source=kubelet,reason=Started
    … Normal Started pod/web …
    $ kubectl get events.v1.events.k8s.io --field-selector regarding.name=web,reason=Started
    LAST SEEN TYPE REASON OBJECT MESSAGE
    … Normal Started pod/web Container started
    $ kubectl get events.v1.events.k8s.io -o jsonpath={.items[0].regarding.name}
    web
    $ kubectl explain events.regarding --api-version=events.k8s.io/v1
    GROUP: events.k8s.io
    FIELD: regarding <ObjectReference>`,
  ],
  [
    "an APIService whose Service is not there says so",
    `
    $ kubectl apply -f api.yaml
    apiservice.apiregistration.k8s.io/v1.suite.example.org created
    $ kubectl wait --for=condition=Available=false apiservice/v1.suite.example.org --timeout=10s
    apiservice.apiregistration.k8s.io/v1.suite.example.org condition met
    $ kubectl get apiservice v1.suite.example.org v1.apps
    v1.suite.example.org nowhere/api False (ServiceNotFound) …
    v1.apps Local True …
    $ kubectl delete -f api.yaml
    apiservice.apiregistration.k8s.io "v1.suite.example.org" deleted`,
    {
      "api.yaml": `
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: { name: v1.suite.example.org }
spec:
  group: suite.example.org
  version: v1
  groupPriorityMinimum: 100
  versionPriority: 10
  insecureSkipTLSVerify: true
  service: { name: api, namespace: nowhere }
`,
    },
  ],
]);
