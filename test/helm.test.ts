/** Releases by the real helm: hooks, subcharts, custom resources, what helm asks of a cluster, conflicts, and what it lists. */
import { flows } from "./flows.ts";

const hook = (when: string, more = "") => `---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-${when}
  annotations: { helm.sh/hook: ${when}, helm.sh/hook-delete-policy: "before-hook-creation${more && ",hook-succeeded"}" }
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [ { name: c, image: busybox, command: [ sh, -c, "echo ${when}; exit {{ .Values.code }}" ] } ]
`;

const chart = {
  "app/Chart.yaml": `apiVersion: v2
name: app
version: 1.2.3
appVersion: "4.5"
dependencies: [ { name: sub, version: 0.1.0, condition: sub.enabled } ]
`,
  "app/values.yaml": `global: { color: red }
sub: { enabled: true }
message: hello
code: 0
`,
  "app/values.schema.json": '{ "type": "object", "properties": { "message": { "type": "string" } } }',
  "app/charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 0.1.0\n",
  "app/charts/sub/values.yaml": "size: small\n",
  "app/charts/sub/templates/map.yaml": `apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }}-sub }
data: { color: {{ .Values.global.color }}, size: {{ .Values.size }} }
`,
  "app/crds/gadget.yaml": `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.helm.example.com }
spec:
  group: helm.example.com
  scope: Namespaced
  names: { plural: gadgets, singular: gadget, kind: Gadget }
  versions:
    - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { size: { type: integer } } } } } } }
`,
  "app/templates/all.yaml": `apiVersion: helm.example.com/v1
kind: Gadget
metadata: { name: {{ .Release.Name }} }
spec: { size: 3 }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }}-map }
data:
  message: {{ .Values.message | quote }}
  about: {{ printf "%s %t %t %d" .Capabilities.KubeVersion.Version (.Capabilities.APIVersions.Has "networking.k8s.io/v1/Ingress") (.Capabilities.APIVersions.Has "nothing/v1") .Release.Revision | quote }}
  phase: {{ dig "status" "phase" "unknown" (lookup "v1" "Namespace" "" .Release.Namespace) | quote }}
---
apiVersion: v1
kind: Secret
metadata: { name: {{ .Release.Name }}-kept, annotations: { helm.sh/resource-policy: keep } }
`,
  "app/templates/hooks.yaml": ["pre-install", "post-upgrade", "post-delete"]
    .map(when => hook(when))
    .join("")
    .concat(hook("post-install", "gone")),
  "app/templates/NOTES.txt":
    "Thanks, {{ .Release.Name }} of {{ .Release.Namespace }}: {{ .Chart.AppVersion }}\n",
};

flows("helm", [
  [
    "a chart with all that charts have: installed, upgraded, failed, rolled back, uninstalled",
    `
    $ export HELM_NAMESPACE=$NS; helm template x app | grep phase && helm package app && helm install one app-1.2.3.tgz
    phase: "unknown"
    STATUS: deployed
    DESCRIPTION: Install complete
    Thanks, one of flow-0: 4.5
    $ kubectl get jobs,gadgets,cm,secrets
    job.batch/one-pre-install Complete 1/1 …
    gadget.helm.example.com/one …
    configmap/one-map 3 …
    configmap/one-sub 2 …
    secret/one-kept Opaque 0 …
    secret/sh.helm.release.v1.one.v1 helm.sh/release.v1 1 …
    ! post-install
    $ kubectl get cm one-map -o jsonpath='{.data.about} {.data.phase}' && kubectl get cm one-sub -o jsonpath=' {.data}' && kubectl logs job/one-pre-install
    v1.35.2 true false 1 Active {"color":"red","size":"small"}pre-install
    $ export HELM_NAMESPACE=$NS; helm upgrade one app --set message=hi,sub.enabled=false && kubectl get cm one-map -o jsonpath='{.data.message}' && kubectl get cm one-sub
    ? 1
    REVISION: 2
    hi
    Error from server (NotFound): configmaps "one-sub" not found
    $ export HELM_NAMESPACE=$NS; helm upgrade one app --set message=5
    ? 1
    - at '/message': got number, want string
    $ export HELM_NAMESPACE=$NS; helm upgrade one app --set code=1 --timeout 20s
    ? 1
    Error: UPGRADE FAILED: post-upgrade hooks failed: resource Job/flow-0/one-post-upgrade not ready. status: Failed, message: Job Failed. failed: 1/1
    $ export HELM_NAMESPACE=$NS; helm rollback one 1 && helm history one && kubectl get cm one-map -o jsonpath='{.data.message}'
    Rollback was a success! Happy Helming!
    1 … superseded app-1.2.3 4.5 Install complete
    2 … app-1.2.3 4.5 Upgrade complete
    3 … failed app-1.2.3 4.5 …
    4 … deployed app-1.2.3 4.5 Rollback to 1
    hello
    $ export HELM_NAMESPACE=$NS; helm uninstall one && kubectl get jobs,cm,secrets,gadgets,crd -o name
    These resources were kept due to the resource policy:
    [Secret] one-kept
    release "one" uninstalled
    job.batch/one-post-delete
    secret/one-kept
    customresourcedefinition.apiextensions.k8s.io/gadgets.helm.example.com
    ! one-map`,
    chart,
  ],
  [
    "what others wrote and own: conflicts, ownership, what is not valid",
    `
    $ export HELM_NAMESPACE=$NS; helm create c && rm -r c/templates/* && printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: { name: {{ .Values.name }} }\\ndata: { a: {{ .Values.a }} }\\n' > c/templates/m.yaml && helm install r c --set name=m,a=one && kubectl patch cm m -p '{"data":{"a":"by hand"}}' && helm upgrade r c --set name=m,a=two
    ? 1
    Error: UPGRADE FAILED: conflict occurred while applying object flow-1/m /v1, Kind=ConfigMap: Apply failed with 1 conflict: conflict with "kubectl-patch" using v1: .data.a
    $ export HELM_NAMESPACE=$NS; helm upgrade r c --set name=m,a=two --force-conflicts && helm upgrade r c --set name=m,a=three --server-side=false && kubectl get cm m -o jsonpath='{.data.a}'
    three
    $ export HELM_NAMESPACE=$NS; kubectl create cm strange && helm install s c --set name=strange,a=x
    ? 1
    Error: INSTALLATION FAILED: unable to continue with install: ConfigMap "strange" in namespace "flow-1" exists and cannot be imported into the current release: invalid ownership metadata; …
    $ export HELM_NAMESPACE=$NS; helm install s c --set name=strange,a=x --take-ownership && kubectl get cm strange -o jsonpath='{.data.a}{.metadata.labels}'
    x{"app.kubernetes.io/managed-by":"Helm"}
    $ export HELM_NAMESPACE=$NS; helm install t c --set name=Wrong_Name,a=x; printf 'kind: Nothing\\napiVersion: example.com/v1\\nmetadata: { name: x }\\n' > c/templates/n.yaml; helm install u c --set name=nn,a=x
    ? 1
    Error: INSTALLATION FAILED: … a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, …
    Error: INSTALLATION FAILED: unable to build kubernetes objects from release manifest: resource mapping not found for name: "x" namespace: "" from "": no matches for kind "Nothing" in version "example.com/v1"
    $ export HELM_NAMESPACE=$NS; helm uninstall nothing
    ? 1
    Error: uninstall: Release not loaded: nothing: release: not found`,
  ],
  [
    "what helm tells of releases, and where it keeps them",
    `
    $ helm create c && rm -r c/templates/[dhit]* c/templates/service.yaml && helm upgrade --install a c -n $NS-new --create-namespace --labels team=x --description "the first" --set image.tag=1,service.port=81 && helm install b c -n $NS-new
    Release "a" does not exist. Installing it now.
    DESCRIPTION: the first
    $ helm list -n $NS-new && helm list -A -q && helm list -n $NS-new -o json --filter '^a' && helm list -n $NS-new -l team=x -q
    a flow-2-new 1 … deployed c-0.1.0 1.16.0
    b flow-2-new 1 … deployed c-0.1.0 1.16.0
    [{"name":"a","namespace":"flow-2-new","revision":"1",…,"status":"deployed","chart":"c-0.1.0","app_version":"1.16.0"}]
    a
    $ helm get values a -n $NS-new && helm get manifest a -n $NS-new && helm get metadata a -n $NS-new && helm get notes a -n $NS-new && helm status a -n $NS-new
    USER-SUPPLIED VALUES:
    image:
    tag: 1
    kind: ServiceAccount
    APPLY_METHOD: server-side apply
    RESOURCES:
    ==> v1/ServiceAccount
    a-c …
    $ helm upgrade a c -n $NS-new --reuse-values && helm get values a -n $NS-new -o json && kubectl get secrets -n $NS-new -l owner=helm,name=a --show-labels
    {"image":{"tag":1},"service":{"port":81}}
    sh.helm.release.v1.a.v1 helm.sh/release.v1 1 … modifiedAt=…,name=a,owner=helm,status=superseded,team=x,version=1
    sh.helm.release.v1.a.v2 helm.sh/release.v1 1 … modifiedAt=…,name=a,owner=helm,status=deployed,team=x,version=2
    $ helm upgrade nothing c -n $NS-new; helm install c --dry-run=server --generate-name -n $NS-new -o yaml | grep status:; helm install a c -n $NS-none
    ? 1
    status: pending-install
    Error: UPGRADE FAILED: "nothing" has no deployed releases
    Error: INSTALLATION FAILED: …namespaces "flow-2-none" not found
    $ helm uninstall a b -n $NS-new && kubectl delete ns $NS-new
    release "a" uninstalled
    release "b" uninstalled`,
  ],
]);
