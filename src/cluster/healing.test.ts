/** A container that keeps failing, on real threads: each restart counts, and one event says that it goes on. */
import { expect, test } from "vitest";
import type { Event } from "../resources/index.ts";
import { Cluster } from "./cluster.ts";

test("restarts are counted where they are told, and a container that keeps failing on its node is told of once", async () => {
  await using cluster = new Cluster({ restartBackOff: { initialMs: 1, maximumMs: 1 } });
  await cluster.start();
  await cluster.apply(`
kind: Pod
apiVersion: v1
metadata: { name: wrong }
spec: { containers: [{ name: main, image: busybox, command: [sh, -c, exit 3] }] }
`);
  const told = async () =>
    ((await cluster.events("Pod/wrong")) as Event[]).filter(({ reason }) => reason === "KeepsFailing");
  await cluster.waitFor("Pod/wrong", pod => {
    const [main] =
      (pod as { status?: { containerStatuses?: readonly { restartCount: number }[] } })?.status
        ?.containerStatuses ?? [];
    return (main?.restartCount ?? 0) >= 8;
  });
  await expect.poll(told).toHaveLength(1);
  const [event] = await told();
  expect(event).toMatchObject({
    type: "Warning",
    count: 1,
    involvedObject: { fieldPath: "spec.containers{main}" },
  });
  expect(event?.message).toMatch(
    /^Container main has failed 6 times within \d+m?s on node-0, the last time with exit code 3\. A pod stays on its node: see what it printed \(kubectl logs wrong -c main --previous\), or delete the pod/,
  );
  const { healing } = await cluster.stats();
  expect(healing.restarts).toBeGreaterThanOrEqual(7);
  expect(healing).toMatchObject({ evacuations: 0, reschedules: 0 });
}, 30_000);
