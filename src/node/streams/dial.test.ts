import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { datagramFile } from "../../worker/index.ts";
import { TestNode } from "../test-node.ts";
import { PodPorts } from "./dial.ts";

/** As programs leave them that are killed, and the name of each. */
function leftAt(ports: PodPorts, podIP: string): string[] {
  const files = [53, 5300].flatMap(port => [
    datagramFile(ports.prefix, podIP, port, false),
    datagramFile(ports.prefix, podIP, port, true),
  ]);
  const folder = dirname(files[0] ?? "");
  mkdirSync(folder, { recursive: true });
  for (const file of files) writeFileSync(file, "40000");
  return files.map(file => file.slice(folder.length + 1));
}

const namesIn = (ports: PodPorts) => readdirSync(dirname(datagramFile(ports.prefix, "x", 1, false))).sort();

it("removes what pods have left that have gone, and nothing of others", async () => {
  const ports = new PodPorts();
  ports.hold();
  await ports.forget("127.1.0.2");
  const [, , other] = ["127.1.0.2", "127.1.0.3", "127.1.0.22"].map(podIP => leftAt(ports, podIP));
  await Promise.all([ports.forget("127.1.0.2"), ports.forget("127.1.0.3")]);
  const own =
    process.platform === "win32" ? namesIn(ports).filter(name => other?.includes(name)) : namesIn(ports);
  expect(own).toEqual(other?.toSorted());
  await ports.forget("127.1.0.22");
  await ports.release();
});

it.skipIf(process.platform === "win32").each([
  ["has ended", { "k4s.dev/hollow-exit-after": "1s:0" }, undefined],
  ["is deleted", {}, 5],
  ["is deleted at once", {}, 0],
])("a pod that %s leaves no port behind", async (_, annotations, grace) => {
  const node = new TestNode();
  await node.start();
  await node.run({ restartPolicy: "Never" }, annotations);
  const podIP = node.pod()?.status?.podIP ?? "";
  expect(podIP).toMatch(/^127\./);
  leftAt(node.ports, podIP);
  if (grace !== undefined) await node.delete(grace);
  await node.clock.advance(6_000);
  await expect.poll(() => namesIn(node.ports)).toEqual([]);
  expect(node.faults).toEqual([]);
  await node.agent.stop();
});
