/** What a fresh cluster has, beside what Kubernetes 1.35 has from its first moment. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Serving } from "../../server/index.ts";
import { Cluster } from "../cluster.ts";

describe("a cluster that serves", () => {
  const cluster = new Cluster({ runtime: "hollow" });
  let serving: Serving;
  beforeAll(async () => {
    await cluster.start();
    serving = await cluster.serve();
  });
  afterAll(() => cluster.stop());

  const namesOf = async (kind: string, namespace?: string) =>
    (await cluster.list(kind, namespace === undefined ? {} : { namespace })).map(
      ({ metadata: { name } }) => name,
    );

  test("has the flow schemas of 1.35: none any more for elections by Endpoints and ConfigMaps", async () => {
    expect(await namesOf("FlowSchema")).toEqual([
      "catch-all",
      "exempt",
      "global-default",
      "kube-controller-manager",
      "kube-scheduler",
      "kube-system-service-accounts",
      "probes",
      "service-accounts",
      "system-leader-election",
      "system-node-high",
      "system-nodes",
    ]);
  });

  test("tells servers behind it by which authority it knows clients", async () => {
    const found = await cluster.get("ConfigMap", "extension-apiserver-authentication", "kube-system");
    expect(found).toMatchObject({ data: { "client-ca-file": serving.authority?.certificate } });
  });

  test("tells since which day tokens in Secrets are followed", async () => {
    const name = "kube-apiserver-legacy-service-account-token-tracking";
    const found = await cluster.get("ConfigMap", name, "kube-system");
    expect(found).toMatchObject({ data: { since: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) } });
  });

  test("has the roles of Kubernetes' own parts in kube-system and kube-public, and one of its own, each bound", async () => {
    const controllers = ["bootstrap-signer", "cloud-provider", "token-cleaner"].map(
      name => `system:controller:${name}`,
    );
    const leaders = ["kube-controller-manager", "kube-scheduler"].map(
      name => `system::leader-locking-${name}`,
    );
    expect(await namesOf("Role", "kube-system")).toEqual([
      "extension-apiserver-authentication-reader",
      "k4s:kubelet-authorities",
      ...leaders,
      ...controllers,
    ]);
    expect(await namesOf("RoleBinding", "kube-system")).toEqual([
      "k4s:kubelet-authorities",
      "system::extension-apiserver-authentication-reader",
      ...leaders,
      ...controllers,
    ]);
    expect(await namesOf("Role", "kube-public")).toEqual(["system:controller:bootstrap-signer"]);
    expect(await namesOf("RoleBinding", "kube-public")).toEqual(["system:controller:bootstrap-signer"]);
  });

  test("writes a rule for each that Kubernetes writes, and none besides", async () => {
    const found = await cluster.get("ClusterRole", "system:controller:statefulset-controller");
    const { rules } = found as unknown as { rules: { resources: string[]; verbs: string[] }[] };
    expect(rules.map(({ resources, verbs }) => `${resources} ${verbs}`)).toEqual([
      "pods list,watch",
      "statefulsets get,list,watch",
      "statefulsets/status update",
      "statefulsets/finalizers update",
      "pods create,delete,get,patch,update",
      "controllerrevisions create,delete,get,list,patch,update,watch",
      "persistentvolumeclaims create,get,list,watch",
      "persistentvolumeclaims delete,update",
      "pods/finalizers update",
      "events create,patch,update",
    ]);
  });
});
