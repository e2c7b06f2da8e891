/** What users of a play declare: small workloads of containers that only pretend to run, some slow to start and to stop. */
import type { Draft } from "../../resources/index.ts";

/** Pods leave a node that is lost after ten seconds, not five minutes. */
const soon = ["not-ready", "unreachable"].map(key => ({
  key: `node.kubernetes.io/${key}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 10,
}));

export interface Template {
  readonly app: string;
  readonly version: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function template({ app, version, annotations = {} }: Template, spec = {}) {
  return {
    metadata: {
      labels: { app },
      annotations: {
        version,
        "k4s.dev/hollow-start-after": "1s",
        "k4s.dev/hollow-stop-after": "2s",
        ...annotations,
      },
    },
    spec: { containers: [{ name: "main", image: "app" }], tolerations: soon, ...spec },
  };
}

export function deployment(
  of: Template,
  replicas: number,
  namespace = "default",
  strategy: Readonly<Record<string, unknown>> = {},
): Draft {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: of.app, namespace },
    spec: { replicas, selector: { matchLabels: { app: of.app } }, template: template(of), ...strategy },
  };
}

export function statefulSet(of: Template, replicas: number, podManagementPolicy: string): Draft {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: of.app, namespace: "default" },
    spec: {
      replicas,
      serviceName: of.app,
      podManagementPolicy,
      selector: { matchLabels: { app: of.app } },
      template: template(of),
    },
  };
}

export function daemonSet(of: Template): Draft {
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: of.app, namespace: "default" },
    spec: { selector: { matchLabels: { app: of.app } }, template: template(of) },
  };
}

export function job(of: Template, completions: number, parallelism: number): Draft {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: of.app, namespace: "default" },
    spec: { completions, parallelism, backoffLimit: 50, template: template(of, { restartPolicy: "Never" }) },
  };
}

export function quota(pods: number): Draft {
  return {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "few", namespace: "limited" },
    spec: { hard: { pods: String(pods) } },
  };
}

export function pod(name: string, namespace: string): Draft {
  const { metadata, spec } = template({ app: name, version: "1" });
  return { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name, namespace }, spec };
}

export function service(app: string): Draft {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: app, namespace: "default" },
    spec: { selector: { app }, ports: [{ port: 80 }] },
  };
}

export function budget(app: string, minAvailable: number): Draft {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: app, namespace: "default" },
    spec: { minAvailable, selector: { matchLabels: { app } } },
  };
}

export function configMap(name: string, data: Readonly<Record<string, string>>, metadata = {}): Draft {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default", ...metadata },
    data,
  } as Draft;
}

/** Each minute a Job of a few seconds, and none while the one before goes on. */
export function cronJob(of: Template): Draft {
  const { spec } = job(of, 1, 1) as unknown as { readonly spec: object };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: of.app, namespace: "default" },
    spec: { schedule: "* * * * *", concurrencyPolicy: "Forbid", jobTemplate: { spec } },
  };
}

/** By a number that the program reports: so many pods as it is times five. */
export function autoscaler(app: string, maxReplicas: number): Draft {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: app, namespace: "default" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: app },
      minReplicas: 1,
      maxReplicas,
      metrics: [
        {
          type: "External",
          external: { metric: { name: queueName }, target: { type: "AverageValue", averageValue: "5" } },
        },
      ],
    },
  };
}

export const queueName = "queue";

export function volume(name: string, gigabytes: number): Draft {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: {
      capacity: { storage: `${gigabytes}Gi` },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      hostPath: { path: `/${name}` },
    },
  };
}

/** Of a volume that is there, not of one that is made for it. */
export function claim(name: string, gigabytes: number): Draft {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: "default" },
    spec: {
      storageClassName: "",
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: `${gigabytes}Gi` } },
    },
  };
}
