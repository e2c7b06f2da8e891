/** Each kind lies where kube-apiserver keeps it, and what lies there is known again as that kind. */
import { expect, test } from "vitest";
import { KindRegistry } from "../../../resources/index.ts";
import { kindFolders } from "./kind-folders.ts";

const registry = new KindRegistry();
/** Bindings and the states of components are asked for, and never kept. */
const kept = registry.all.filter(({ name }) => name !== "Binding" && name !== "ComponentStatus");
const folders = kindFolders(registry);

/** Below the prefix, as Kubernetes' own test of its storage has them (test/integration/etcd). */
const known = `
configmaps secrets services/specs services/endpoints pods podtemplates resourcequotas limitranges namespaces minions events
persistentvolumes persistentvolumeclaims serviceaccounts controllers
daemonsets deployments statefulsets replicasets controllerrevisions horizontalpodautoscalers jobs cronjobs certificatesigningrequests
leases endpointslices networkpolicies ingress ingressclasses ipaddresses servicecidrs poddisruptionbudgets
storageclasses volumeattachments csinodes csidrivers csistoragecapacities volumeattributesclasses
roles rolebindings clusterroles clusterrolebindings priorityclasses runtimeclasses flowschemas prioritylevelconfigurations
validatingwebhookconfigurations mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings
resourceclaims resourceclaimtemplates resourceslices deviceclasses
apiregistration.k8s.io/apiservices apiextensions.k8s.io/customresourcedefinitions
`
  .trim()
  .split(/\s+/);

test("kinds of Kubernetes lie where they do there, each in a folder of its own", () => {
  const all = kept.map(({ name }) => folders.folderOf(name) ?? "");
  expect(new Set(all).size).toBe(all.length);
  const here = all.filter(folder => known.includes(folder));
  // Whatever is not of Kubernetes lies in the folder of its group.
  expect(
    all.filter(folder => !known.includes(folder) && !/^[a-z0-9-]+(\.[a-z0-9-]+)+\//.test(folder)),
  ).toEqual([]);
  expect(here).toEqual(
    expect.arrayContaining([
      ...[
        "pods",
        "minions",
        "services/specs",
        "services/endpoints",
        "controllers",
        "ingress",
        "leases",
        "events",
      ],
      ...["deployments", "roles", "storageclasses", "apiextensions.k8s.io/customresourcedefinitions"],
    ]),
  );
});

test("a custom kind lies in the folder of its group, and is known before its definition is read", () => {
  const crontab = { apiVersion: "stable.example.com/v1", kind: "CronTab" };
  expect(folders.kindOf(crontab)).toBe("CronTab.stable.example.com");
  expect(folders.kindOf({ apiVersion: "apps/v1", kind: "Deployment" })).toBe("Deployment");
  expect(folders.kindOf({ apiVersion: "v1", kind: "RangeAllocation" })).toBeUndefined();
});
