/** What runs while nodes come and go: about `size` pods of Deployments, and of every other kind some. */

/** How many Deployments share the pods. */
const deployments = 5;
const jobs = 10;

/** Pods leave a lost node half a minute after it was found out. */
const soon = JSON.stringify(
  ["not-ready", "unreachable"].map(key => ({
    key: `node.kubernetes.io/${key}`,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: 30,
  })),
);

export function manifest(size: number): string {
  return [...webs(size, "v1"), ...others(), ...Array.from({ length: jobs }, (_, i) => job(i))].join("---\n");
}

/** The Deployments and the StatefulSet with another template. */
export function rolled(size: number, version: string): string {
  return [...webs(size, version), statefulSet(version)].join("---\n");
}

function webs(size: number, version: string): string[] {
  return Array.from(
    { length: deployments },
    (_, i) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web-${i} }
spec:
  replicas: ${Math.ceil(size / deployments)}
  progressDeadlineSeconds: 3600
  strategy: { rollingUpdate: { maxSurge: ${i * 10}%, maxUnavailable: ${50 - i * 10}% } }
  selector: { matchLabels: { app: web-${i} } }
  template:
    metadata:
      labels: { app: web-${i} }
      annotations: { k4s.dev/hollow-start-after: 2s, k4s.dev/hollow-stop-after: 3s, version: ${version} }
    spec: { containers: [{ name: main, image: web }], tolerations: ${soon} }
`,
  );
}

function statefulSet(version: string): string {
  return `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  replicas: 8
  serviceName: db
  podManagementPolicy: Parallel
  selector: { matchLabels: { app: db } }
  template:
    metadata:
      labels: { app: db }
      annotations: { k4s.dev/hollow-start-after: 2s, k4s.dev/hollow-stop-after: 3s, version: ${version} }
    spec: { containers: [{ name: main, image: db }], tolerations: ${soon} }
`;
}

function others(): string[] {
  return [
    statefulSet("v1"),
    `
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec: { containers: [{ name: main, image: agent }] }
`,
    `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web-0 }
spec: { minAvailable: 80%, selector: { matchLabels: { app: web-0 } } }
`,
  ];
}

function job(i: number): string {
  return `
apiVersion: batch/v1
kind: Job
metadata: { name: job-${i} }
spec:
  completions: 100
  parallelism: 5
  backoffLimit: 1000
  ${i % 2 ? "completionMode: Indexed" : ""}
  ${i % 3 ? "podReplacementPolicy: Failed" : ""}
  template:
    metadata: { annotations: { k4s.dev/hollow-exit-after: "${10 + i}s:0", k4s.dev/hollow-stop-after: 3s } }
    spec: { restartPolicy: Never, containers: [{ name: main, image: job }], tolerations: ${soon} }
`;
}
