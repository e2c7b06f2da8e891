/** What `kubectl get` prints of workloads, in states that no recording shows; facts of Kubernetes 1.35's printers.go. */
import { ago, condition, deleted, printed, selector, selectorText, template } from "./test-cells.ts";

const resource = (target: object) => ({ type: "Resource", resource: { name: "cpu", target } });

const used = (current: object) => ({ type: "Resource", resource: { name: "cpu", current } });

const autoscaler = (metrics?: object[], currentMetrics?: object[]) => ({
  spec: { scaleTargetRef: { kind: "Deployment", name: "d" }, maxReplicas: 10, metrics },
  status: { currentReplicas: 4, currentMetrics },
});

const metric = (name: string, target: object) => ({
  type: name,
  [name.toLowerCase()]: { metric: { name: "m" }, target },
});

const owner = { apiVersion: "apps/v1", kind: "DaemonSet", name: "d", controller: true };

printed(
  "Deployment",
  ["Ready", "Up-to-date", "Available", "Containers", "Images", "Selector"],
  [
    [
      "some are there",
      {
        spec: { replicas: 5, template, selector },
        status: { readyReplicas: 3, updatedReplicas: 2, availableReplicas: 1 },
      },
      ["3/5", 2, 1, "a,b", "i:1,j", selectorText],
    ],
    [
      "none is asked for",
      { spec: { replicas: 0, template, selector: {} } },
      ["0/0", 0, 0, "a,b", "i:1,j", "<none>"],
    ],
  ],
);

printed(
  "ReplicaSet",
  ["Desired", "Current", "Ready", "Containers", "Images", "Selector"],
  [
    [
      "some are there",
      { spec: { replicas: 5, template, selector }, status: { replicas: 4, readyReplicas: 2 } },
      [5, 4, 2, "a,b", "i:1,j", selectorText],
    ],
  ],
);

printed(
  "ReplicationController",
  ["Desired", "Current", "Ready", "Containers", "Images", "Selector"],
  [
    [
      "its selector is a map of labels",
      { spec: { replicas: 2, template, selector: { b: "2", a: "1" } }, status: { replicas: 1 } },
      [2, 1, 0, "a,b", "i:1,j", "a=1,b=2"],
    ],
    ["without a template", { spec: { replicas: 0 } }, [0, 0, 0, "", "", "<none>"]],
  ],
);

printed(
  "StatefulSet",
  ["Ready", "Containers", "Images"],
  [
    [
      "some are ready",
      { spec: { replicas: 3, template }, status: { readyReplicas: 1 } },
      ["1/3", "a,b", "i:1,j"],
    ],
  ],
);

printed(
  "DaemonSet",
  ["Desired", "Current", "Ready", "Up-to-date", "Available", "Node Selector", "Selector"],
  [
    [
      "on some nodes",
      {
        spec: { selector, template: { spec: { ...template.spec, nodeSelector: { ssd: "yes", gpu: "no" } } } },
        status: {
          desiredNumberScheduled: 5,
          currentNumberScheduled: 4,
          numberReady: 3,
          updatedNumberScheduled: 2,
          numberAvailable: 1,
        },
      },
      [5, 4, 3, 2, 1, "gpu=no,ssd=yes", selectorText],
    ],
    ["on every node", { spec: { selector: {}, template } }, [0, 0, 0, 0, 0, "<none>", "<none>"]],
  ],
);

printed(
  "Job",
  ["Status", "Completions", "Duration"],
  [
    ["not started", { spec: { completions: 2 } }, ["Running", "0/2", ""]],
    [
      "runs",
      { spec: { completions: 2 }, status: { startTime: ago(1200), succeeded: 1 } },
      ["Running", "1/2", "20m"],
    ],
    [
      "is complete",
      {
        spec: { completions: 1 },
        status: { ...condition("Complete"), startTime: ago(1800), completionTime: ago(1746), succeeded: 1 },
      },
      ["Complete", "1/1", "54s"],
    ],
    ["a queue without a count", { spec: {} }, ["Running", "0/1", ""]],
    [
      "a queue of several workers",
      { spec: { parallelism: 20 }, status: { succeeded: 1 } },
      ["Running", "1/1 of 20", ""],
    ],
    ["has failed", { spec: { completions: 1 }, status: condition("Failed") }, ["Failed", "0/1", ""]],
    [
      "has not failed after all",
      { spec: { completions: 1 }, status: condition("Failed", "False") },
      ["Running", "0/1", ""],
    ],
    ["is suspended", { spec: { completions: 1 }, status: condition("Suspended") }, ["Suspended", "0/1", ""]],
    [
      "is going to fail",
      { spec: { completions: 1 }, status: condition("FailureTarget") },
      ["FailureTarget", "0/1", ""],
    ],
    [
      "is going to be complete",
      { spec: { completions: 1 }, status: condition("SuccessCriteriaMet") },
      ["SuccessCriteriaMet", "0/1", ""],
    ],
    [
      "is deleted",
      { ...deleted, spec: { completions: 1 }, status: condition("Suspended") },
      ["Terminating", "0/1", ""],
    ],
    [
      "is deleted when complete",
      { ...deleted, spec: { completions: 1 }, status: condition("Complete") },
      ["Complete", "0/1", ""],
    ],
  ],
);

printed(
  "CronJob",
  ["Schedule", "Timezone", "Suspend", "Active", "Last Schedule", "Containers", "Images", "Selector"],
  [
    [
      "has run",
      {
        spec: {
          schedule: "0/5 * * * ?",
          timeZone: "Europe/Paris",
          suspend: true,
          jobTemplate: { spec: { template } },
        },
        status: { active: [{}, {}], lastScheduleTime: ago(3600) },
      },
      ["0/5 * * * ?", "Europe/Paris", "True", 2, "60m", "a,b", "i:1,j", "<none>"],
    ],
    [
      "has not run",
      { spec: { schedule: "@daily", suspend: false, jobTemplate: { spec: { template, selector } } } },
      ["@daily", "<none>", "False", 0, "<none>", "a,b", "i:1,j", selectorText],
    ],
  ],
);

printed(
  "PodTemplate",
  ["Containers", "Images", "Pod Labels"],
  [
    [
      "with labels",
      { template: { metadata: { labels: { b: "2", a: "1" } }, ...template } },
      ["a,b", "i:1,j", "a=1,b=2"],
    ],
  ],
);

printed(
  "HorizontalPodAutoscaler",
  ["Reference", "Targets", "MinPods", "MaxPods", "Replicas"],
  [["without a metric", autoscaler(), ["Deployment/d", "<none>", "<unset>", 10, 4]]],
);

printed(
  "HorizontalPodAutoscaler",
  ["Targets"],
  [
    ["use not known", autoscaler([resource({ averageUtilization: 80 })]), ["cpu: <unknown>/80%"]],
    [
      "use",
      autoscaler(
        [resource({ averageUtilization: 80 })],
        [used({ averageUtilization: 50, averageValue: "4m" })],
      ),
      ["cpu: 50%/80%"],
    ],
    [
      "amount",
      autoscaler([resource({ averageValue: "100m" })], [used({ averageValue: "50m" })]),
      ["cpu: 50m/100m"],
    ],
    ["no target", autoscaler([resource({})]), ["cpu: <unknown>/<auto>"]],
    [
      "of one container",
      autoscaler([
        {
          type: "ContainerResource",
          containerResource: { name: "memory", container: "c", target: { averageUtilization: 5 } },
        },
      ]),
      ["memory: <unknown>/5%"],
    ],
    ["of pods", autoscaler([metric("Pods", { averageValue: "100" })]), ["<unknown>/100"]],
    [
      "of an object",
      autoscaler([metric("Object", { value: "100" })], [metric("Object", {})]),
      ["<unknown>/100"],
    ],
    [
      "external, for each pod",
      autoscaler([metric("External", { averageValue: "100" })]),
      ["<unknown>/100 (avg)"],
    ],
    [
      "four",
      autoscaler([80, 70, 60, 50].map(averageUtilization => resource({ averageUtilization }))),
      ["cpu: <unknown>/80%, cpu: <unknown>/70% + 2 more..."],
    ],
  ],
);

printed(
  "PodDisruptionBudget",
  ["Min Available", "Max Unavailable", "Allowed Disruptions"],
  [
    ["at least", { spec: { minAvailable: 2 }, status: { disruptionsAllowed: 1 } }, ["2", "N/A", 1]],
    ["a share", { spec: { maxUnavailable: "50%" } }, ["N/A", "50%", 0]],
  ],
);

printed(
  "ControllerRevision",
  ["Controller", "Revision"],
  [
    [
      "of a set",
      {
        metadata: { name: "x", ownerReferences: [{ ...owner, controller: false, name: "e" }, owner] },
        revision: 3,
      },
      ["daemonset.apps/d", 3],
    ],
    [
      "of the core group",
      {
        metadata: { name: "x", ownerReferences: [{ ...owner, apiVersion: "v1", kind: "Pod" }] },
        revision: 0,
      },
      ["pod/d", 0],
    ],
    ["of no controller", { revision: 3 }, ["<none>", 3]],
  ],
);
