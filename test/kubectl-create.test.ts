/** `kubectl create` and what else makes objects: every generator, files, and what is refused. */
import { flows } from "./flows.ts";

flows("kubectl create", [
  [
    "a config map of literals, files, folders and env files",
    `
    $ kubectl create configmap c --from-literal=a=b --from-literal=c=d
    configmap/c created
    $ kubectl get cm c -o jsonpath={.data}
    {"a":"b","c":"d"}
    $ kubectl create configmap f --from-file=conf --from-file=other=conf/one.txt
    configmap/f created
    $ kubectl get cm f -o jsonpath='{.data.one\\.txt}/{.data.other}/{.data.two\\.txt}'
    first/first/second
    $ kubectl create cm e --from-env-file=x.env
    configmap/e created
    $ kubectl get cm e -o jsonpath={.data.B}
    2
    $ kubectl create configmap c --from-literal=a=b
    ? 1
    error: failed to create configmap: configmaps "c" already exists
    $ kubectl get cm c e f --no-headers
    c 2 …
    e 2 …
    f 3 …`,
    { "conf/one.txt": "first", "conf/two.txt": "second", "x.env": "A=1\n# not this\nB=2\n" },
  ],
  [
    "a config map of a binary file, told by its description",
    `
    $ printf '\\377\\376' > b.bin
    $ kubectl create configmap b --from-file=b.bin --from-literal=text=hello
    configmap/b created
    $ kubectl get cm b -o jsonpath={.binaryData}
    {"b.bin":"//4="}
    $ kubectl describe cm b
    Name: b
    Data
    ====
    text:
    ----
    hello
    BinaryData
    ====
    b.bin: 2 bytes`,
  ],
  [
    "secrets: generic, tls, docker-registry",
    `
    $ kubectl create secret generic s --from-literal=password=hunter2 --type=example.org/own
    secret/s created
    $ kubectl get secret s
    NAME TYPE DATA AGE
    s example.org/own 1 …
    $ kubectl get secret s -o go-template='{{.data.password | base64decode}}'
    hunter2
    $ kubectl describe secret s
    Type: example.org/own
    password: 7 bytes
    $ kubectl create secret docker-registry r --docker-server=reg.test --docker-username=u --docker-password=p
    secret/r created
    $ kubectl get secret r -o jsonpath={.type}
    kubernetes.io/dockerconfigjson
    $ openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout k.pem -out c.pem -subj /CN=x -days 2 2>/dev/null
    $ kubectl create secret tls t --cert=c.pem --key=k.pem
    secret/t created
    $ kubectl get secret t -o jsonpath={.type}
    kubernetes.io/tls`,
  ],
  [
    "a namespace, with its accounts and its authority's certificate",
    `
    $ kubectl create namespace $NS-b
    namespace/… created` +
      `
    $ kubectl wait --for=create sa/default cm/kube-root-ca.crt -n $NS-b --timeout=10s
    serviceaccount/default condition met
    configmap/kube-root-ca.crt condition met
    $ kubectl get ns $NS-b -o jsonpath={.status.phase}/{.metadata.labels}
    Active/{"kubernetes.io/metadata.name":…}
    $ kubectl delete ns $NS-b
    namespace "…" deleted
    $ kubectl get ns $NS-b
    ? 1
    Error from server (NotFound): namespaces "…" not found`,
  ],
  [
    "a deployment, by its generator and dry",
    `
    $ kubectl create deployment d --image=echo --replicas=2 --port=8080
    deployment.apps/d created
    $ kubectl get deploy d -o wide
    NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR
    d …/2 … echo echo app=d
    $ kubectl create deployment d2 --image=echo --dry-run=client -o yaml
    kind: Deployment
    name: d2
    $ kubectl create deployment d3 --image=echo --dry-run=server -o jsonpath={.spec.strategy.type}/{.metadata.uid}
    RollingUpdate/…-…
    $ kubectl get deploy d3
    ? 1
    Error from server (NotFound): deployments.apps "d3" not found`,
  ],
  [
    "a job and a cron job, a job of the cron job",
    `
    $ kubectl create job j --image=echo -- sh -c 'echo hi'
    job.batch/j created
    $ kubectl get job j -o jsonpath={.spec.template.spec.restartPolicy}/{.spec.completionMode}/{.spec.template.spec.containers[0].command}
    Never/NonIndexed/["sh","-c","echo hi"]
    $ kubectl create cronjob cj --image=echo --schedule='*/5 * * * *'
    cronjob.batch/cj created
    $ kubectl get cronjob cj
    NAME SCHEDULE TIMEZONE SUSPEND ACTIVE LAST SCHEDULE AGE
    cj */5 * * * * <none> False 0 <none> …
    $ kubectl create job from --from=cronjob/cj
    job.batch/from created
    $ kubectl get job from -o jsonpath='{.metadata.annotations.cronjob\\.kubernetes\\.io/instantiate}/{.metadata.ownerReferences[0].name}'
    manual/cj
    $ kubectl create cronjob bad --image=echo --schedule='every day'
    ? 1
    error: failed to create cronjob: CronJob.batch "bad" is invalid: spec.schedule: Invalid value: "every day": …`,
  ],
  [
    "services of each type",
    `
    $ kubectl create service clusterip ci --tcp=80:8080
    service/ci created
    $ kubectl create service nodeport np --tcp=80
    service/np created
    $ kubectl create service loadbalancer lb --tcp=443:8443
    service/lb created
    $ kubectl create service externalname en --external-name=example.com
    service/en created
    $ kubectl create service clusterip hl --clusterip=None
    service/hl created
    $ kubectl get svc
    NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE
    ci ClusterIP 10.… <none> 80/TCP …
    en ExternalName <none> example.com <none> …
    hl ClusterIP None <none> <none> …
    lb LoadBalancer 10.… <pending> 443:3…/TCP …
    np NodePort 10.… <none> 80:3…/TCP …
    $ kubectl get svc np -o wide
    NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR
    np NodePort … app=np`,
  ],
  [
    "roles and bindings",
    `
    $ kubectl create role r --verb=get,list --resource=pods,deployments.apps --resource-name=one
    role.rbac.authorization.k8s.io/r created
    $ kubectl describe role r
    Name: r
    PolicyRule:
    Resources Non-Resource URLs Resource Names Verbs
    --------- ----------------- -------------- -----
    pods [] [one] [get list]
    deployments.apps [] [one] [get list]
    $ kubectl create rolebinding b --role=r --user=jane --serviceaccount=$NS:default --group=devs
    rolebinding.rbac.authorization.k8s.io/b created
    $ kubectl get rolebinding b -o wide
    NAME ROLE AGE USERS GROUPS SERVICEACCOUNTS
    b Role/r … jane devs …/default
    $ kubectl describe rolebinding b
    Role:
    Kind: Role
    Name: r
    Subjects:
    Kind Name Namespace
    ---- ---- ---------
    User jane
    Group devs
    ServiceAccount default …
    $ kubectl create clusterrole $NS-cr --verb=get --non-resource-url=/metrics
    clusterrole.rbac.authorization.k8s.io/… created
    $ kubectl create clusterrolebinding $NS-crb --clusterrole=$NS-cr --user=jim
    clusterrolebinding.rbac.authorization.k8s.io/… created
    $ kubectl create clusterrole $NS-agg --aggregation-rule=rbac.example.com/x=true
    clusterrole.rbac.authorization.k8s.io/… created
    $ kubectl get clusterrolebinding $NS-crb -o wide
    NAME ROLE AGE USERS GROUPS SERVICEACCOUNTS
    … ClusterRole/… … jim
    $ kubectl delete clusterrole/$NS-cr clusterrole/$NS-agg clusterrolebinding/$NS-crb
    clusterrole.rbac.authorization.k8s.io "…-cr" deleted
    clusterrole.rbac.authorization.k8s.io "…-agg" deleted
    clusterrolebinding.rbac.authorization.k8s.io "…-crb" deleted`,
  ],
  [
    "quota, priority class, budget, ingress, account",
    `
    $ kubectl create quota q --hard=pods=5,cpu=2 --scopes=NotTerminating
    resourcequota/q created
    $ kubectl describe quota q
    Name: q
    Scopes: NotTerminating
    * Matches all pods that do not have an active deadline. …
    Resource Used Hard
    -------- ---- ----
    cpu … 2
    pods … 5
    $ kubectl create priorityclass $NS-pc --value=1000 --description=high
    priorityclass.scheduling.k8s.io/… created
    $ kubectl get pc $NS-pc
    NAME VALUE GLOBAL-DEFAULT AGE PREEMPTIONPOLICY
    … 1000 false … PreemptLowerPriority
    $ kubectl delete pc $NS-pc
    priorityclass.scheduling.k8s.io "…" deleted
    $ kubectl create pdb p --selector=app=x --min-available=1
    poddisruptionbudget.policy/p created
    $ kubectl get pdb p
    NAME MIN AVAILABLE MAX UNAVAILABLE ALLOWED DISRUPTIONS AGE
    p 1 N/A 0 …
    $ kubectl create ingress i --class=nginx --rule='foo.test/bar*=svc:80,tls=sec'
    ingress.networking.k8s.io/i created
    $ kubectl get ing i
    NAME CLASS HOSTS ADDRESS PORTS AGE
    i nginx foo.test 80, 443 …
    $ kubectl describe ing i
    Ingress Class: nginx
    TLS:
    sec terminates foo.test
    Host Path Backends
    ---- ---- --------
    foo.test
    /bar svc:80 (…)
    $ kubectl create sa bot
    serviceaccount/bot created
    $ kubectl describe sa bot
    Name: bot
    Image pull secrets: <none>
    Events: <none>`,
  ],
  [
    "a replication controller, and what every cluster has",
    `
    $ kubectl create -f rc.yaml
    replicationcontroller/r created
    $ kubectl wait --for=jsonpath='{.status.readyReplicas}'=2 rc/r --timeout=20s
    replicationcontroller/r condition met
    $ kubectl get rc r -o wide
    NAME DESIRED CURRENT READY AGE CONTAINERS IMAGES SELECTOR
    r 2 2 2 … c echo app=r
    $ kubectl scale rc r --replicas=1
    replicationcontroller/r scaled
    $ kubectl describe rc r
    Replicas: 1 current / 1 desired
    Pods Status: 1 Running / 0 Waiting / 0 Succeeded / 0 Failed
    Normal SuccessfulCreate … replication-controller Created pod: r-…
    $ kubectl delete rc r
    replicationcontroller "r" deleted from … namespace
    $ kubectl get pc system-node-critical
    NAME VALUE GLOBAL-DEFAULT AGE PREEMPTIONPOLICY
    system-node-critical 2000001000 false … PreemptLowerPriority
    $ kubectl delete pc system-node-critical
    ? 1
    Error from server (Forbidden): priorityclasses.scheduling.k8s.io "system-node-critical" is forbidden: this is a system priority class and cannot be deleted
    $ kubectl get apiservices v1. v1.apps
    NAME SERVICE AVAILABLE AGE
    v1. Local True …
    v1.apps Local True …
    $ kubectl get servicecidr
    NAME CIDRS AGE
    kubernetes 10.96.0.0/16 …
    $ kubectl get endpoints kubernetes -n default
    kubernetes 127.0.0.1:… …`,
    {
      "rc.yaml": `apiVersion: v1
kind: ReplicationController
metadata: { name: r }
spec:
  replicas: 2
  template: { metadata: { labels: { app: r } }, spec: { containers: [ { name: c, image: echo } ] } }
`,
    },
  ],
  [
    "a volume and its claim",
    `
    $ sed "s/name: v/name: $NS/;s/: manual/: $NS/" v.yaml | kubectl apply -f -
    persistentvolume/… created
    persistentvolumeclaim/c created
    $ kubectl wait --for=jsonpath='{.status.phase}'=Bound pvc/c --timeout=10s
    persistentvolumeclaim/c condition met
    $ kubectl get pvc c
    NAME STATUS VOLUME CAPACITY ACCESS MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE
    c Bound flow-… 1Gi RWO flow-… <unset> …
    $ kubectl get pv $NS
    NAME CAPACITY ACCESS MODES RECLAIM POLICY STATUS CLAIM STORAGECLASS VOLUMEATTRIBUTESCLASS REASON AGE
    … 1Gi RWO Retain Bound …/c flow-… <unset> …
    $ kubectl describe pvc c
    Status: Bound
    Annotations: pv.kubernetes.io/bind-completed: yes
    pv.kubernetes.io/bound-by-controller: yes
    Capacity: 1Gi
    $ kubectl delete pvc c
    persistentvolumeclaim "c" deleted from … namespace
    $ kubectl wait --for=jsonpath='{.status.phase}'=Released pv/$NS --timeout=10s
    persistentvolume/… condition met
    $ kubectl delete pv $NS
    persistentvolume "…" deleted`,
    {
      "v.yaml": `apiVersion: v1
kind: PersistentVolume
metadata: { name: v }
spec: { capacity: { storage: 1Gi }, accessModes: [ ReadWriteOnce ], hostPath: { path: /tmp/v }, storageClassName: manual }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: c }
spec: { accessModes: [ ReadWriteOnce ], storageClassName: manual, resources: { requests: { storage: 500Mi } } }
`,
    },
  ],
  [
    "one default priority class, node ports in their range, a scope that there is",
    `
    $ kubectl create priorityclass $NS-one --value=1 --global-default=true
    priorityclass.scheduling.k8s.io/… created
    $ kubectl create priorityclass $NS-two --value=1 --global-default=true
    ? 1
    error: failed to create priorityclass: priorityclasses.scheduling.k8s.io "…-two" is forbidden: PriorityClass …-one is already marked as default. Only one default can exist
    $ kubectl delete pc $NS-one
    priorityclass.scheduling.k8s.io "…-one" deleted
    $ kubectl create service nodeport n --tcp=80 --node-port=80
    ? 1
    error: failed to create NodePort service: Service "n" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767
    $ kubectl create -f - <<end
    > apiVersion: apiextensions.k8s.io/v1
    > kind: CustomResourceDefinition
    > metadata: { name: things.example.com }
    > spec:
    >   group: example.com
    >   scope: World
    >   names: { plural: things, kind: Thing }
    >   versions: [ { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } } ]
    > end
    ? 1
    The CustomResourceDefinition "things.example.com" is invalid: spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"`,
  ],
  [
    "from a file: what is unknown, doubled, missing",
    `
    $ kubectl create -f bad.yaml
    ? 1
    Error from server (BadRequest): error when creating "bad.yaml": Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replicaz"
    $ kubectl create -f bad.yaml --validate=warn
    deployment.apps/bad created
    Warning: unknown field "spec.replicaz"
    $ kubectl create -f bad.yaml
    ? 1
    Error from server (BadRequest): …
    $ kubectl create -f bad.yaml --validate=ignore
    ? 1
    Error from server (AlreadyExists): error when creating "bad.yaml": deployments.apps "bad" already exists
    $ kubectl create -f nothing.yaml
    ? 1
    error: the path "nothing.yaml" does not exist
    $ kubectl create -f kind.yaml
    ? 1
    error: resource mapping not found for name: "x" namespace: "" from "kind.yaml": no matches for kind "Nothing" in version "example.org/v1"
    ensure CRDs are installed first
    $ kubectl create -f invalid.yaml
    ? 1
    The Deployment "x" is invalid:
    * spec.selector: Required value
    * spec.template.metadata.labels: Invalid value: {"a":"b"}: \`selector\` does not match template \`labels\``,
    {
      "bad.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: bad }
spec:
  replicaz: 3
  selector: { matchLabels: { a: b } }
  template: { metadata: { labels: { a: b } }, spec: { containers: [ { name: c, image: echo } ] } }
`,
      "kind.yaml": "apiVersion: example.org/v1\nkind: Nothing\nmetadata: { name: x }\n",
      "invalid.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: x }
spec:
  template: { metadata: { labels: { a: b } }, spec: { containers: [ { name: c, image: echo } ] } }
`,
    },
  ],
  [
    "by generateName, raw, and from stdin",
    `
    $ kubectl create -f gen.yaml
    configmap/gen-… created
    $ kubectl create -f gen.yaml -o name
    configmap/gen-…
    $ kubectl get cm -l made=so -o name | wc -l
    2
    $ echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"raw"}}' | kubectl create --raw /api/v1/namespaces/$NS/configmaps -f -
    {"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"raw",…
    $ kubectl create -f - <<end
    > {"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"l1"}},{"apiVersion":"v1","kind":"Secret","metadata":{"name":"l2"}}]}
    > end
    configmap/l1 created
    secret/l2 created
    $ kubectl create -f gen.yaml --save-config -o jsonpath='{.metadata.annotations}'
    {"kubectl.kubernetes.io/last-applied-configuration":…`,
    {
      "gen.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { generateName: gen-, labels: { made: so } }\n",
    },
  ],
  [
    "in a namespace that is not there",
    `
    $ kubectl create cm x -n nowhere
    ? 1
    error: failed to create configmap: namespaces "nowhere" not found
    $ kubectl get cm x -n nowhere
    ? 1
    Error from server (NotFound): namespaces "nowhere" not found
    $ kubectl get cm -n nowhere
    No resources found in nowhere namespace.
    $ kubectl create cm Bad_Name
    ? 1
    error: failed to create configmap: ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of …`,
  ],
  [
    "tokens of an account",
    `
    $ kubectl create token default | tr -cd . | wc -c
    2
    $ kubectl create token default --duration=10m --audience=x -o jsonpath={.spec.audiences}
    ["x"]
    $ kubectl create token nobody
    ? 1
    error: failed to create token: serviceaccounts "nobody" not found
    $ kubectl create secret generic s
    secret/s created
    $ kubectl create token default --bound-object-kind=Secret --bound-object-name=s -o jsonpath={.status.token} | cut -d. -f2 | wc -l
    1
    $ kubectl --token=$(kubectl create token default) auth whoami -o jsonpath={.status.userInfo.username}
    system:serviceaccount:…:default
    $ kubectl --token=nonsense get pods
    ? 1
    error: You must be logged in to the server (Unauthorized)`,
  ],
]);
