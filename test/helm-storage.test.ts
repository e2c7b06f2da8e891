/** A chart with a claim of its own and a StatefulSet with claims, by the real helm: what stays when it is upgraded and uninstalled. */
import { flows } from "./flows.ts";

const chart = {
  "store/Chart.yaml": "apiVersion: v2\nname: store\nversion: 0.1.0\n",
  "store/values.yaml": "replicas: 2\nsize: 1Mi\nversion: one\n",
  "store/templates/all.yaml": `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: {{ .Release.Name }}-shared }
spec:
  accessModes: [ReadWriteMany]
  resources: { requests: { storage: {{ .Values.size }} } }
---
apiVersion: v1
kind: Service
metadata: { name: {{ .Release.Name }}-db }
spec: { clusterIP: None, selector: { app: {{ .Release.Name }} } }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: {{ .Release.Name }}-db }
spec:
  serviceName: {{ .Release.Name }}-db
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app: {{ .Release.Name }} } }
    spec:
      terminationGracePeriodSeconds: 1
      volumes: [ { name: shared, persistentVolumeClaim: { claimName: {{ .Release.Name }}-shared } } ]
      containers:
        - name: db
          image: busybox
          command: [ sh, -c, "echo {{ .Values.version }} >> /data/log; echo $HOSTNAME >> /shared/names; sleep 3600" ]
          volumeMounts: [ { name: data, mountPath: /data }, { name: shared, mountPath: /shared } ]
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } }
`,
};

flows("helm and storage", [
  [
    "the claims of a StatefulSet stay with their data when a chart is upgraded, uninstalled and installed again; its own claim goes",
    `
    $ export HELM_NAMESPACE=$NS; helm install one store --wait --timeout 40s
    STATUS: deployed
    $ kubectl get pvc
    data-one-db-0 Bound pvc-… 1Mi RWO standard …
    data-one-db-1 Bound pvc-… 1Mi RWO standard …
    one-shared Bound pvc-… 1Mi RWX standard …
    $ kubectl exec one-db-1 -- sh -c 'cat /data/log; sort /shared/names'
    one
    one-db-0
    one-db-1
    $ export HELM_NAMESPACE=$NS; helm upgrade one store --set version=two,size=2Mi,replicas=1 --wait --timeout 40s && kubectl rollout status sts/one-db --timeout=30s
    REVISION: 2
    $ kubectl exec one-db-0 -- cat /data/log && kubectl wait --for=jsonpath={.status.capacity.storage}=2Mi pvc/one-shared --timeout=30s
    one
    two
    persistentvolumeclaim/one-shared condition met
    $ export HELM_NAMESPACE=$NS; kubectl patch sts one-db -p '{"spec":{"volumeClaimTemplates":[]}}'; helm upgrade one store --set size=1Mi
    ? 1
    The StatefulSet "one-db" is invalid: spec: Forbidden: updates to statefulset spec for fields other than …
    Error: UPGRADE FAILED: …"one-shared" is invalid: spec.resources.requests.storage: Forbidden: field can not be less than status.capacity
    $ export HELM_NAMESPACE=$NS; kubectl get pv -o name | wc -l; helm uninstall one --wait --timeout 40s && kubectl wait --for=delete pvc/one-shared --timeout=30s && kubectl get pvc
    release "one" uninstalled
    data-one-db-0 Bound …
    data-one-db-1 Bound …
    ! one-shared Bound
    $ export HELM_NAMESPACE=$NS; helm install one store --set version=three --wait --timeout 40s && kubectl exec one-db-0 -- cat /data/log && kubectl exec one-db-1 -- cat /data/log && kubectl exec one-db-0 -- sort /shared/names
    one
    two
    three
    one
    three
    one-db-0
    one-db-1
    $ export HELM_NAMESPACE=$NS; helm uninstall one --wait --timeout 40s && kubectl delete pvc --all && kubectl get pvc
    persistentvolumeclaim "data-one-db-1" deleted …
    No resources found in … namespace.`,
    chart,
  ],
]);
