/** What kubectl explain shows, where the library has been built: the descriptions come out of a package, at build time. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe as about, expect, test } from "vitest";
import { describe } from "./descriptions.ts";

const isBuilt = existsSync(fileURLToPath(new URL("../../../dist/descriptions.json.gz", import.meta.url)));

test("nothing is said of what is not Kubernetes' own", () => {
  expect(describe("Container")).toBeUndefined();
  expect(describe("ContainerSpec", "image")).toBeUndefined();
});

about.runIf(isBuilt)("Kubernetes' words (skipped where nothing is built)", () => {
  test.each<[string, string | undefined, RegExp]>([
    ["ConfigMap", undefined, /^ConfigMap holds configuration data/],
    ["ConfigMap", "data", /^Data contains the configuration data\./],
    ["PodSpec", "containers", /^List of containers belonging to the pod\./],
    ["PodContainer", "image", /^Container image name\./],
    ["DeploymentSpec", "replicas", /^Number of desired pods\./],
    ["EndpointsPort", "port", /^The port number/],
    ["Role", "rules", /^Rules holds all the PolicyRules/],
    ["APIServiceSpec", "group", /^Group is the API group name/],
    ["CustomResourceDefinitionSpec", "scope", /^scope indicates whether/],
    ["Pod", "metadata", /^Standard object's metadata/],
    ["Pod", "spec", /^Specification of the desired behavior of the pod\./],
    ["Pod", "status", /^Most recently observed status of the pod\./],
    ["HorizontalPodAutoscalerSpec", "scaleTargetRef", /^scaleTargetRef points to the target resource/],
    ["RollingUpdateDeployment", "maxSurge", /^The maximum number of pods that can be scheduled above/],
    ["IPAddress", "metadata", /^Standard object's metadata/],
  ])("of %s %s", (definition, field, words) => expect(describe(definition, field) ?? "").toMatch(words));
});
