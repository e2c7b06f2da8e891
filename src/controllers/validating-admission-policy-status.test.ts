import { afterEach, beforeEach, expect, test } from "vitest";
import { TestCluster } from "../loop/test-cluster.ts";
import { builtInKinds, type Draft, type ValidatingAdmissionPolicy } from "../resources/index.ts";
import { validatingAdmissionPolicyStatus } from "./validating-admission-policy-status.ts";

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await TestCluster.of(validatingAdmissionPolicyStatus(() => builtInKinds));
});
afterEach(async () => {
  expect(cluster.failures).toEqual([]);
  await cluster.stop();
});

async function statusOf(validations: object[], resources: string[]): Promise<unknown> {
  await cluster.create({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "policy" },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE"], resources }],
      },
      validations,
    },
  } as unknown as Draft<ValidatingAdmissionPolicy>);
  await cluster.settle();
  return cluster.get("ValidatingAdmissionPolicy", "policy")?.status;
}

test("a policy is told what its expressions get wrong of the kinds that it names", async () => {
  const validations = [
    {
      expression: "object.spec.replicas > 1 && object.metadata.name != request.name",
      messageExpression: "'no'",
    },
    { expression: "object.replicas > 1" },
  ];
  const mistake = "ERROR: <input>:1:7: undefined field 'replicas'\n | object.replicas > 1\n | ......^";
  expect(await statusOf(validations, ["deployments", "replicasets"])).toEqual({
    observedGeneration: 1,
    typeChecking: {
      expressionWarnings: [
        {
          fieldRef: "spec.validations[1].expression",
          warning: `apps/v1, Kind=Deployment: ${mistake}\n\napps/v1, Kind=ReplicaSet: ${mistake}\n`,
        },
      ],
    },
  });
});

test("what may be about any kind is not checked", async () => {
  const status = await statusOf([{ expression: "object.replicas > 1" }], ["*"]);
  expect(status).toEqual({ observedGeneration: 1, typeChecking: {} });
});
