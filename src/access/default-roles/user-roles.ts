/**
 * The roles that are there to be given to people and programs: cluster-admin, admin, edit and view, what the last three are put
 * together from, and what everybody may do. Facts of Kubernetes 1.35 (`plugin/pkg/auth/authorizer/rbac/bootstrappolicy`), and of
 * metrics-server: who may view a namespace may see what its pods use.
 */

/** By name; the lines are read by notation.ts. */
export const userRoles: Readonly<Record<string, readonly string[]>> = {
  "cluster-admin": ["* *: *", "* path: *"],
  "system:aggregate-to-admin": [
    "create authorization.k8s.io: localsubjectaccessreviews",
    "all rbac.authorization.k8s.io: rolebindings roles",
  ],
  "system:aggregate-to-edit": [
    "read pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy",
    "impersonate serviceaccounts",
    "write pods pods/attach pods/exec pods/portforward pods/proxy",
    "create pods/eviction",
    "write configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy",
    "create serviceaccounts/token",
    "write apps: daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale",
    "write autoscaling: horizontalpodautoscalers",
    "write batch: cronjobs jobs",
    "write extensions: daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale",
    "write policy: poddisruptionbudgets",
    "write networking.k8s.io: ingresses networkpolicies",
    "all coordination.k8s.io: leases",
    "write resource.k8s.io: resourceclaims resourceclaimtemplates",
  ],
  "system:aggregate-to-view": [
    "read configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status",
    "read bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status",
    "read namespaces",
    "read discovery.k8s.io: endpointslices",
    "read apps: controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status",
    "read autoscaling: horizontalpodautoscalers horizontalpodautoscalers/status",
    "read batch: cronjobs cronjobs/status jobs jobs/status",
    "read extensions: daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale",
    "read policy: poddisruptionbudgets poddisruptionbudgets/status",
    "read networking.k8s.io: ingresses ingresses/status networkpolicies",
    "read resource.k8s.io: resourceclaims resourceclaims/status resourceclaimtemplates",
  ],
  "system:aggregated-metrics-reader": ["read metrics.k8s.io: nodes pods"],
  "system:basic-user": [
    "create authorization.k8s.io: selfsubjectaccessreviews selfsubjectrulesreviews",
    "create authentication.k8s.io: selfsubjectreviews",
  ],
  "system:discovery": [
    "get /api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/",
  ],
  "system:public-info-viewer": ["get /healthz /livez /readyz /version /version/"],
  "system:monitoring": ["get /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*"],
  "system:service-account-issuer-discovery": [
    "get /.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/",
  ],
  "system:auth-delegator": [
    "create authentication.k8s.io: tokenreviews",
    "create authorization.k8s.io: subjectaccessreviews",
  ],
};

/** What they are put together from: the roles with the label `rbac.authorization.k8s.io/aggregate-to-NAME`. */
export const aggregatedRoles = ["view", "edit", "admin"] as const;

/** Which role is a part of which of them. */
export const partsOfRoles: Readonly<Record<string, (typeof aggregatedRoles)[number]>> = {
  "system:aggregate-to-view": "view",
  "system:aggregate-to-edit": "edit",
  "system:aggregate-to-admin": "admin",
  "system:aggregated-metrics-reader": "view",
  view: "edit",
  edit: "admin",
};
