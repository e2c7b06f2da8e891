/** What a cluster serves and how kubectl finds it; folders of manifests, wrong ones among them; what is described of networks. */
import { flows } from "./flows.ts";

const example = (names: string) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: examples.flow.test }
spec:
  group: flow.test
  scope: Namespaced
  names: { plural: examples, kind: Example, ${names} }
  versions: [ { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } } ]
`;

const sleeper = (name: string, kind = "kind") => `apiVersion: v1
${kind}: Pod
metadata: { name: ${name}, labels: { app: ${name} } }
spec: { containers: [ { name: c, image: busybox, command: [ sleep, "600" ] } ] }
`;

const folder = {
  "pods/a.yaml": sleeper("a"),
  "pods/deep/b.yaml": sleeper("b"),
  "pods/deep/deeper/wrong.yaml": sleeper("wrong", "ind"),
};

const policies = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db }
spec:
  podSelector: { matchLabels: { role: db } }
  policyTypes: [ Ingress, Egress ]
  ingress:
    - from:
        - ipBlock: { cidr: 172.17.0.0/16, except: [ 172.17.1.0/24 ] }
        - { namespaceSelector: { matchLabels: { team: x } }, podSelector: { matchLabels: { role: front } } }
      ports: [ { protocol: TCP, port: 6379 } ]
  egress: [ { to: [ { ipBlock: { cidr: 10.0.0.0/24 } } ], ports: [ { port: 32000, endPort: 32768 } ] } ]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: none }
spec: { podSelector: {}, policyTypes: [ Ingress ] }
`;

const wrongPolicy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: wrong }
spec: { podSelector: {}, ingress: [ { from: [ { ipBlock: { cidr: 10.0.0.0/8, except: [ 11.0.0.0/8 ] } } ], ports: [ { port: 637900 }, { endPort: 5 } ] } ] }
`;

const routed = `apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: flow, annotations: { ingressclass.kubernetes.io/is-default-class: "true" } }
spec: { controller: example.com/controller, parameters: { apiGroup: example.com, kind: Params, name: p } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: [ { port: 80 } ], selector: { app: web } }
`;

const wrongIngress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: wrong }
spec:
  rules:
    - host: 1.2.3.4
      http: { paths: [ { path: foo, pathType: Prefix, backend: { service: { name: a, port: { number: 80 } } } } ] }
    - http: { paths: [ { path: /, backend: { service: { name: a, port: { number: 80 } } } } ] }
`;

flows("what a cluster serves", [
  [
    "resources, versions, explanations",
    `
    $ kubectl api-resources --api-group=apps -o wide
    deployments deploy apps/v1 true Deployment create,delete,deletecollection,get,list,patch,update,watch all
    $ kubectl api-resources --categories=all --no-headers -o name
    pods
    deployments.apps
    jobs.batch
    ! configmaps
    $ kubectl api-resources --namespaced=false --verbs=create,list --sort-by=kind -o name
    customresourcedefinitions.apiextensions.k8s.io
    nodes
    ! tokenreviews
    $ kubectl api-resources --sort-by=age
    ? 1
    error: --sort-by accepts only name or kind
    $ kubectl api-versions
    apps/v1
    autoscaling/v2
    v1
    $ kubectl explain cronjobs.spec.schedule && kubectl explain cronjobs.spec | grep schedule.*required && kubectl explain deploy --recursive | grep -c maxSurge && kubectl explain pod.spec.nope
    ? 1
    GROUP: batch
    FIELD: schedule <string>
    schedule <string> -required-
    1
    error: field "nope" does not exist
    $ kubectl explain deploy --api-version=nope/v1
    ? 1
    error: couldn't find resource for "nope/v1, Resource=deployments"
    $ kubectl get nothings
    ? 1
    error: the server doesn't have a resource type "nothings"
    $ kubectl get --raw /api/v1 | grep -c '{"name":"configmaps","singularName":"configmap","namespaced":true,"kind":"ConfigMap","verbs":\\["create","delete","deletecollection","get","list","patch","update","watch"\\],"shortNames":\\["cm"\\],"storageVersionHash":"qFsyl6wFWjQ="}'
    1
    $ kubectl version && kubectl version -o json | grep -c '"gitVersion": "v1.35.2"' && kubectl get pods --request-timeout=1p
    ? 1
    Server Version: v1.35.2
    2
    error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)
    $ kubectl get pods -w --request-timeout=1
    $ kubectl cluster-info && kubectl cluster-info dump --namespaces $NS --output-directory=dump -o yaml && ls dump dump/$NS
    Kubernetes control plane is running at https://127.0.0.1:…
    Cluster info dumped to dump
    nodes.yaml
    daemonsets.yaml
    services.yaml`,
  ],
  [
    "a custom resource that calls itself pod is not what one gets for pod",
    `
    $ kubectl create -f short.yaml && kubectl wait --for=condition=Established crd/examples.flow.test && kubectl create -f - <<< '{"apiVersion":"flow.test/v1","kind":"Example","metadata":{"name":"mine"}}'
    example.flow.test/mine created
    $ kubectl get examples && kubectl get pod && kubectl api-resources --api-group=flow.test
    mine …
    examples pod flow.test/v1 true Example
    No resources found in flow-1 namespace.
    $ kubectl delete -f short.yaml && kubectl create -f singular.yaml && kubectl wait --for=condition=Established crd/examples.flow.test && kubectl get pods && kubectl get pod && kubectl get examples
    No resources found in flow-1 namespace.
    ! mine
    $ kubectl delete crd examples.flow.test
    customresourcedefinition.apiextensions.k8s.io "examples.flow.test" deleted`,
    {
      "short.yaml": example("singular: example, shortNames: [ pod ]"),
      "singular.yaml": example("singular: pod"),
    },
  ],
  [
    "folders in folders: what is right is done, what is wrong is told",
    `
    $ kubectl create -f pods && kubectl create -f pods -R
    ? 1
    pod/a created
    pod/b created
    Error from server (AlreadyExists): error when creating "pods/a.yaml": pods "a" already exists
    error validating "pods/deep/deeper/wrong.yaml": error validating data: kind not set; if you choose to ignore these errors, turn validation off with --validate=false
    $ kubectl get -f pods -R -o go-template='{{range .items}}{{.metadata.name}}:{{end}}{{"\\n"}}'
    ? 1
    a:b:
    error: unable to decode "pods/deep/deeper/wrong.yaml": Object 'Kind' is missing in '…'
    $ kubectl label -f pods -R l=1; kubectl annotate -f pods -R n=1; kubectl patch -f pods -R -p '{"spec":{"containers":[{"name":"c","image":"alpine"}]}}'; kubectl describe -f pods -R
    ? 1
    pod/a labeled
    pod/b labeled
    pod/a annotated
    pod/b annotated
    pod/a patched
    pod/b patched
    Name: a
    Image: alpine
    Name: b
    $ printf '#!/bin/bash\\nsed -i s/alpine/busybox/ $1\\n' > ed; chmod +x ed; EDITOR=./ed kubectl edit -f pods -R
    ? 1
    error: unable to decode "pods/deep/deeper/wrong.yaml": Object 'Kind' is missing in '…'
    $ kubectl apply -f pods -R; kubectl delete -f pods -R --force
    ? 1
    pod/a configured
    pod/b configured
    pod "a" force deleted from flow-2 namespace
    pod "b" force deleted from flow-2 namespace
    $ kubectl create -f nowhere
    ? 1
    error: the path "nowhere" does not exist`,
    folder,
  ],
  [
    "network policies",
    `
    $ kubectl apply -f policies.yaml && kubectl get netpol
    db role=db …
    none <none> …
    $ kubectl describe netpol
    PodSelector: role=db
    To Port: 6379/TCP
    From:
    IPBlock:
    CIDR: 172.17.0.0/16
    Except: 172.17.1.0/24
    From:
    NamespaceSelector: team=x
    PodSelector: role=front
    Allowing egress traffic:
    To Port Range: 32000-32768/TCP
    Policy Types: Ingress, Egress
    <none> (Selected pods are isolated for ingress connectivity)
    Not affecting egress traffic
    $ kubectl create -f wrong.yaml
    ? 1
    The NetworkPolicy "wrong" is invalid:
    * spec.ingress[0].ports[0].port: Invalid value: 637900: must be between 1 and 65535, inclusive
    * spec.ingress[0].ports[1].endPort: Invalid value: 5: may not be specified when \`port\` is not specified
    * spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/8": must be a strict subset of \`cidr\``,
    { "policies.yaml": policies, "wrong.yaml": wrongPolicy },
  ],
  [
    "ingresses and their classes",
    `
    $ kubectl apply -f routed.yaml && kubectl describe ingressclass flow
    Controller: example.com/controller
    APIGroup: example.com
    Kind: Params
    $ kubectl create ingress i --rule='foo.test/*=web:80,tls=sec' --rule=bar.test/x=gone:http --default-backend=web:80 --annotation a=b && kubectl get ingress
    i flow foo.test,bar.test 80, 443 …
    $ kubectl describe ingress i
    Ingress Class: flow
    Default backend: web:80 ()
    sec terminates foo.test
    / web:80 ()
    /x gone:http (<error: services "gone" not found>)
    Annotations: a: b
    $ kubectl create ingress bad --rule=foo.test
    ? 1
    error: rule foo.test is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]
    $ kubectl create -f wrong.yaml
    ? 1
    The Ingress "wrong" is invalid:
    * spec.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address
    * spec.rules[0].http.paths[0].path: Invalid value: "foo": must be an absolute path
    * spec.rules[1].http.paths[0].pathType: Required value: pathType must be specified
    $ kubectl create -f - <<< '{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"e"},"spec":{}}'
    ? 1
    The Ingress "e" is invalid: spec: Invalid value: null: either \`defaultBackend\` or \`rules\` must be specified
    $ kubectl delete ingressclass flow
    ingressclass.networking.k8s.io "flow" deleted`,
    { "routed.yaml": routed, "wrong.yaml": wrongIngress },
  ],
]);
