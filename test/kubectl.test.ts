/** The real kubectl and helm against a cluster of ours, as a user would type it. */
import { describe, expect, test } from "vitest";
import { hasKubectl } from "./kubectl.ts";
import { servedCluster } from "./served-cluster.ts";

const manifest = `
apiVersion: apps/v1
kind: ReplicaSet
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [ { name: main, image: echo } ] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [ { port: 80 } ] }
`;

describe.skipIf(!hasKubectl)("kubectl (skipped where its package has no program for this machine)", () => {
  const { tool, kubectl } = servedCluster({ images: new URL("../workers", import.meta.url), nodes: 2 });

  test("applies, scales, waits, shows and deletes", { timeout: 60_000 }, async () => {
    expect(await kubectl("apply -f -", manifest)).toBe("replicaset.apps/web created\nservice/web created");
    expect(await kubectl("apply -f -", manifest)).toBe(
      "replicaset.apps/web unchanged\nservice/web unchanged",
    );
    expect(await kubectl("scale rs web --replicas=3")).toBe("replicaset.apps/web scaled");
    await kubectl("wait --for=jsonpath={.status.readyReplicas}=3 rs/web --timeout=20s");
    expect(await kubectl("get rs web")).toMatch(/^NAME DESIRED CURRENT READY AGE\nweb 3 3 3 \d+s$/);
    expect((await kubectl("get pods -l app=web -o name")).split("\n")).toHaveLength(3);
    expect(await kubectl("describe rs web")).toContain("SuccessfulCreate");
    expect(await kubectl("delete rs,svc web")).toContain('service "web" deleted');
  });

  test("creates by its generators, whose bodies are protobuf", { timeout: 60_000 }, async () => {
    expect(await kubectl("create namespace made")).toBe("namespace/made created");
    await kubectl("create configmap c --from-literal=a=b -n made");
    expect(await kubectl("get configmap c -n made -o jsonpath={.data.a}")).toBe("b");
    await kubectl("create secret generic s --from-literal=p=q -n made");
    expect(await kubectl("get secret s -n made -o jsonpath={.data.p}")).toBe("cQ==");
    await kubectl("create deployment d --image=echo --replicas=2 -n made");
    expect(
      await kubectl("get deployment d -n made -o jsonpath={.spec.template.spec.containers[0].image}"),
    ).toBe("echo");
    await kubectl("create role r --verb=get --resource=pods -n made");
    await kubectl("create quota q --hard=pods=5 -n made");
    expect(await kubectl("get quota q -n made -o jsonpath={.spec.hard.pods}")).toBe("5");
    expect(await kubectl("delete namespace made")).toContain('namespace "made" deleted');
  });

  test("patches of each type, labels, and what is refused", { timeout: 60_000 }, async () => {
    await kubectl("create configmap p --from-literal=a=1");
    await kubectl('patch configmap p -p {"data":{"a":"2"}}');
    await kubectl('patch configmap p --type=merge -p {"data":{"b":"3"}}');
    await kubectl('patch configmap p --type=json -p [{"op":"add","path":"/data/c","value":"4"}]');
    expect(await kubectl("get configmap p -o jsonpath={.data}")).toBe('{"a":"2","b":"3","c":"4"}');
    expect(await kubectl("label configmap p x=y")).toBe("configmap/p labeled");
    expect(await kubectl("label configmap p x=y")).toBe("configmap/p not labeled");
    const twice = await tool("kubectl", "create configmap p");
    expect(twice).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('configmaps "p" already exists'),
    });
    const missing = await tool("kubectl", "get pod nobody");
    expect(missing.stderr).toContain('pods "nobody" not found');
    const unknown = await tool("kubectl", "create -f -", manifest.replace("replicas: 2", "replicaz: 2"));
    expect(unknown.stderr).toContain('unknown field "spec.replicaz"');
  });

  test("runs, reads logs, executes and attaches nothing to what is not there", {
    timeout: 60_000,
  }, async () => {
    await kubectl("run ticks --image=echo");
    await kubectl("wait --for=condition=Ready pod/ticks --timeout=20s");
    expect(await kubectl("exec ticks -- node -p 1+1")).toBe("2");
    expect(await kubectl("exec ticks -- printenv HOSTNAME")).toBe("ticks");
    expect((await tool("kubectl", "exec ticks -- false")).code).toBe(1);
    expect((await tool("kubectl", "logs nobody")).code).toBe(1);
    await kubectl("delete pod ticks --now");
  });

  test("explains, lists what there is, says who one is", { timeout: 60_000 }, async () => {
    expect(await kubectl("explain pod.spec.containers")).toContain("terminationMessagePath");
    expect(await kubectl("explain deployment.spec --output=plaintext-openapiv2")).toContain(
      "progressDeadlineSeconds",
    );
    expect(await kubectl("api-resources")).toContain("horizontalpodautoscalers hpa autoscaling/v2 true");
    expect(await kubectl("auth whoami -o jsonpath={.status.userInfo.username}")).toBe("kubernetes-admin");
    expect(await kubectl("auth can-i create pods")).toBe("yes");
    expect((await tool("kubectl", "auth can-i create pods --as jane")).stdout.trim()).toBe("no");
  });

  test("server-side apply, with conflicts", { timeout: 60_000 }, async () => {
    const map = (value: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: owned }\ndata: { a: "${value}" }`;
    expect(await kubectl("apply --server-side -f -", map("1"))).toBe("configmap/owned serverside-applied");
    const other = await tool("kubectl", "apply --server-side --field-manager=other -f -", map("2"));
    expect(other.stderr).toContain('conflict with "kubectl"');
    await kubectl("apply --server-side --field-manager=other --force-conflicts -f -", map("2"));
    expect(await kubectl("get configmap owned -o jsonpath={.data.a}")).toBe("2");
  });
});
