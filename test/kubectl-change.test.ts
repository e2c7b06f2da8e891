/** kubectl's label, annotate, set, scale, delete and wait, as transcripts; see flows.ts for how they are read. */
import { flows } from "./flows.ts";

const pods = `
$ kubectl run a --image=busybox -l app=x --command -- sleep 3600
$ kubectl run b --image=busybox -l app=x --command -- sleep 3600
$ kubectl wait --for=condition=Ready pod --all --timeout=30s
pod/a condition met
pod/b condition met
`;

flows("kubectl's changes", [
  [
    "label and annotate: overwritten, removed, listed, of many",
    `
$ kubectl create configmap one
$ kubectl create configmap two
$ kubectl label configmap one two tier=front
configmap/one labeled
configmap/two labeled
$ kubectl label configmap one tier=front
configmap/one not labeled
$ kubectl label configmap one tier=back
? 1
error: 'tier' already has a value (front), and --overwrite is false
$ kubectl label configmap one tier=back --overwrite
$ kubectl get configmap -l 'tier in (back)' -o name
configmap/one
! configmap/two
$ kubectl label configmap one tier=x --resource-version=1 --overwrite
? 1
Error from server (Conflict): Operation cannot be fulfilled on configmaps "one": the object has been modified; please apply your changes to the latest version and try again
$ kubectl label configmap -l tier=front seen=yes
configmap/two labeled
$ kubectl label configmap --field-selector=metadata.name=two seen-
configmap/two unlabeled
$ kubectl label configmap one --list
tier=back
$ kubectl label configmap one 'a=b c'
? 1
error: invalid label value: "a=b c": a valid label must be…
$ kubectl annotate configmap one note='a word'
configmap/one annotated
$ kubectl annotate configmap one note=other
? 1
error: --overwrite is false but found the following declared annotation(s): 'note' already has a value (a word)
$ kubectl annotate configmap --all note=other --overwrite
configmap/one annotated
$ kubectl annotate configmap one --list
note=other
$ kubectl annotate configmap one note-
$ kubectl get configmap one -o jsonpath='{.metadata.annotations}{.metadata.labels}'
{"tier":"back"}
$ kubectl label configmap nothing a=b
? 1
Error from server (NotFound): configmaps "nothing" not found
`,
  ],
  [
    "set: images, variables, resources, accounts, selectors, subjects",
    `
$ kubectl create deployment web --image=busybox --replicas=0 -- sleep 3600
$ kubectl set image deployment/web busybox=httpd
deployment.apps/web image updated
$ kubectl set image deployment,rs --all '*=nginx'
$ kubectl set image deployment/web nope=x
? 1
error: unable to find container named "nope"
$ kubectl create configmap settings --from-literal=color=red
$ kubectl create secret generic key --from-literal=word=sesame
$ kubectl set env deployment/web A=1 B=2
$ kubectl set env deployment/web A- --from=configmap/settings
$ kubectl set env deployment/web --from=secret/key --prefix=KEY_
$ kubectl set env deployment/web --list
# Deployment web, container busybox
B=2
# COLOR from configmap settings, key color
# KEY_WORD from secret key, key word
! A=1
$ kubectl set env deployment/web --list --resolve
COLOR=red
KEY_WORD=sesame
$ kubectl set env deployment/web --from=configmap/nope
? 1
Error from server (NotFound): configmaps "nope" not found
$ kubectl set resources deployment web --limits=cpu=200m,memory=512Mi --requests=cpu=100m
$ kubectl get deployment web -o jsonpath='{.spec.template.spec.containers[0].resources}'
{"limits":{"cpu":"200m","memory":"512Mi"},"requests":{"cpu":"100m"}}
$ kubectl set resources deployment web --requests=cpu=2 --limits=cpu=1
? 1
error: failed to patch resources update to pod template Deployment.apps "web" is invalid: spec.template.spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1
$ kubectl set serviceaccount deployment web default
$ kubectl create service clusterip web --tcp=80
$ kubectl set selector service web app=x,tier=y
$ kubectl get service web -o jsonpath='{.spec.selector}'
{"app":"x","tier":"y"}
$ kubectl create rolebinding see --clusterrole=view --user=ann
$ kubectl set subject rolebinding see --user=bob --serviceaccount=$NS:default
$ kubectl get rolebinding see -o wide
NAME ROLE AGE USERS GROUPS SERVICEACCOUNTS
see ClusterRole/view …s ann, bob …/default
`,
  ],
  [
    "scale: only if it is as it should be",
    `
$ kubectl create deployment web --image=busybox -- sleep 3600
$ kubectl scale deployment web --replicas=2 --current-replicas=1
deployment.apps/web scaled
$ kubectl scale deployment web --replicas=3 --current-replicas=1
? 1
error: Expected replicas to be 1, was 2
$ kubectl scale deployment web --replicas=3 --resource-version=1
? 1
error: Expected resource version to be 1, was …
$ kubectl scale deployment/web deployment/nope --replicas=0
? 1
deployment.apps/web scaled
Error from server (NotFound): deployments.apps "nope" not found
$ kubectl create job once --image=busybox -- true
$ kubectl scale job/once --replicas=1
? 1
Error from server (NotFound): the server could not find the requested resource
`,
  ],
  [
    "delete: now, by force, of many, and what is left of what is owned",
    `${pods}
$ kubectl delete pod a --now
pod "a" deleted from …
$ kubectl delete pod b --force
pod "b" force deleted from …
Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. …
$ kubectl delete pod a
? 1
Error from server (NotFound): pods "a" not found
$ kubectl delete pod a --ignore-not-found
$ kubectl delete pod -l app=nothing
No resources found
$ kubectl create deployment web --image=busybox -- sleep 3600
$ kubectl rollout status deployment/web --timeout=30s
$ kubectl delete deployment web --cascade=orphan
$ kubectl get rs,pod -l app=web -o name
replicaset.apps/web-…
pod/web-…
$ kubectl delete rs -l app=web --cascade=foreground
$ kubectl get rs,pod -l app=web
No resources found in … namespace.
$ kubectl create configmap held
$ kubectl patch configmap held -p '{"metadata":{"finalizers":["example.com/hold"]}}'
$ kubectl delete configmap held --timeout=1s
? 1
error: timed out waiting for the condition on configmaps/held
$ kubectl patch configmap held --type=json -p '[{"op":"remove","path":"/metadata/finalizers"}]'
configmap/held patched
$ kubectl get configmap held
? 1
Error from server (NotFound): configmaps "held" not found
$ kubectl create configmap many; kubectl create secret generic many; kubectl delete configmap/many secret/many
configmap "many" deleted from …
secret "many" deleted from …
$ kubectl create configmap all; kubectl delete configmap all --dry-run=server && kubectl get configmap all -o name
configmap "all" deleted from … (server dry run)
configmap/all
`,
  ],
  [
    "wait: for conditions, values, creation and deletion",
    `${pods}
$ kubectl wait --for=jsonpath='{.status.phase}'=Running pod/a
pod/a condition met
$ kubectl wait --for=jsonpath='{.status.podIP}' pod/a
pod/a condition met
$ kubectl wait --for=condition=Ready=false pod/a --timeout=1s
? 1
error: timed out waiting for the condition on pods/a
$ kubectl wait --for=condition=Ready pod/nope --timeout=1s
? 1
Error from server (NotFound): pods "nope" not found
$ kubectl wait --for=condition=Ready pod -l app=nothing --timeout=1s
? 1
error: no matching resources found
$ (sleep 1; kubectl create configmap late >/dev/null) & kubectl wait --for=create configmap/late --timeout=20s
configmap/late condition met
$ (sleep 1; kubectl delete configmap late >/dev/null) & kubectl wait --for=delete configmap/late --timeout=20s
configmap/late condition met
$ kubectl wait --for=delete pod/nope
`,
  ],
  [
    "volumes that their claims have left: kept, deleted, or failed",
    `
$ for each in Retain:/tmp/kept Delete:/tmp/gone Delete:/var/failed; do name=$NS-$(basename $each); kubectl create -f - <<END
> apiVersion: v1
> kind: PersistentVolume
> metadata: { name: $name }
> spec: { capacity: { storage: 1Gi }, accessModes: [ ReadWriteOnce ], storageClassName: $name, hostPath: { path: \${each#*:} }, persistentVolumeReclaimPolicy: \${each%:*} }
> ---
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: { name: $name }
> spec: { accessModes: [ ReadWriteOnce ], storageClassName: $name, resources: { requests: { storage: 1Gi } } }
> END
> done
$ kubectl wait --for=jsonpath='{.status.phase}'=Bound pvc --all --timeout=10s
$ kubectl delete pv $NS-kept --wait=false
$ kubectl get pv $NS-kept
…-kept 1Gi RWO Retain Terminating …
$ kubectl delete pvc --all
$ kubectl wait --for=delete pv/$NS-kept pv/$NS-gone --timeout=10s
$ kubectl wait --for=jsonpath='{.status.phase}'=Failed pv/$NS-failed --timeout=10s
$ kubectl describe pv $NS-failed
Status: Failed
Message: host_path deleter only supports /tmp/.+ but received provided /var/failed
Warning VolumeFailedDelete … persistentvolume-controller host_path deleter only supports /tmp/.+ but received provided /var/failed
$ kubectl delete pv $NS-failed
`,
  ],
  [
    "the status of components",
    `
$ kubectl get componentstatuses
Warning: v1 ComponentStatus is deprecated in v1.19+
$ kubectl get cs
NAME STATUS MESSAGE ERROR
etcd-0 Healthy ok
scheduler Healthy ok
$ kubectl get cs scheduler -o jsonpath='{.metadata}{.conditions}'
{"name":"scheduler"}[{"message":"ok","status":"True","type":"Healthy"}]
$ kubectl get cs nope
? 1
Error from server (NotFound): componentstatuses "nope" not found
`,
  ],
  [
    "what a field may be is explained, and what an update replaces must be said",
    `
$ kubectl explain pod.spec.restartPolicy
ENUM:
Always
Never
OnFailure
DESCRIPTION:
Possible enum values:
- \`"Always"\`
- \`"Never"\`
- \`"OnFailure"\`
$ kubectl create pdb guard --selector=app=x --min-available=1
$ kubectl get pdb guard -o json >there.json; sed -i '/resourceVersion/d' there.json
$ kubectl replace --raw /apis/policy/v1/namespaces/$NS/poddisruptionbudgets/guard -f there.json
? 1
The PodDisruptionBudget "guard" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update
$ kubectl replace -f there.json
poddisruptionbudget.policy/guard replaced
`,
  ],
  [
    "apply -k: generated names, prefixes, images, replicas, patches",
    `
$ kubectl apply -k .
configmap/dev-settings-… created
deployment.apps/dev-web created
$ kubectl get deployment dev-web -o jsonpath='{.spec.replicas} {.spec.template.spec.containers[0].image} {.metadata.annotations.note}'
2 httpd:2.4 patched
$ kubectl rollout status deployment/dev-web --timeout=30s
$ kubectl exec deployment/dev-web -- printenv COLOR
red
$ kubectl diff -k . && kubectl delete -k .
configmap "dev-settings-…" deleted from …
deployment.apps "dev-web" deleted from …
`,
    {
      "kustomization.yaml": `
namePrefix: dev-
resources: [ web.yaml ]
configMapGenerator: [ { name: settings, literals: [ COLOR=red ] } ]
images: [ { name: nginx, newName: httpd, newTag: "2.4" } ]
replicas: [ { name: web, count: 2 } ]
patches:
  - target: { kind: Deployment }
    patch: '[{ "op": "add", "path": "/metadata/annotations", "value": { "note": "patched" } }]'
`,
      "web.yaml": `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [ { name: web, image: nginx, envFrom: [ { configMapRef: { name: settings } } ] } ] }
`,
    },
  ],
  [
    "quotas and limits refuse, and say what they count",
    `
$ kubectl create quota few --hard=configmaps=2,count/deployments.apps=0,services.nodeports=0
$ kubectl wait --for=jsonpath='{.status.used.configmaps}'=1 quota/few --timeout=10s
$ kubectl create configmap one
$ kubectl create configmap two
? 1
error: failed to create configmap: configmaps "two" is forbidden: exceeded quota: few, requested: configmaps=1, used: configmaps=2, limited: configmaps=2
$ kubectl create deployment web --image=nginx
? 1
error: failed to create deployment: deployments.apps "web" is forbidden: exceeded quota: few, requested: count/deployments.apps=1, used: count/deployments.apps=0, limited: count/deployments.apps=0
$ kubectl create service nodeport web --tcp=80
? 1
error: failed to create NodePort service: services "web" is forbidden: exceeded quota: few, requested: services.nodeports=1, used: services.nodeports=0, limited: services.nodeports=0
$ kubectl create quota wrong --hard=nope=1
? 1
error: failed to create quota: ResourceQuota "wrong" is invalid: [spec.hard[nope]: Invalid value: "nope": must be a standard resource type or fully qualified, spec.hard[nope]: Invalid value: "nope": must be a standard resource for quota]
$ kubectl create -f limits.yaml
$ kubectl run big --image=nginx --overrides='{"spec":{"containers":[{"name":"big","image":"nginx","resources":{"limits":{"cpu":"3"}}}]}}'
? 1
Error from server (Forbidden): pods "big" is forbidden: maximum cpu usage per Container is 1, but limit is 3
$ kubectl run fits --image=nginx --dry-run=server -o jsonpath='{.spec.containers[0].resources}{.metadata.annotations}'
{"limits":{"cpu":"200m"},"requests":{"cpu":"100m"}}{"kubernetes.io/limit-ranger":"LimitRanger plugin set: cpu request for container fits; cpu limit for container fits"}
`,
    {
      "limits.yaml": `
apiVersion: v1
kind: LimitRange
metadata: { name: limits }
spec: { limits: [ { type: Container, max: { cpu: "1" }, default: { cpu: 200m }, defaultRequest: { cpu: 100m } } ] }
`,
    },
  ],
]);
