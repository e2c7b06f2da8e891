import { describe, expect, test } from "vitest";
import { allRecorded, describeRecorded, recorded } from "../../test-recordings.ts";
import { KindRegistry } from "../kind-registry.ts";
import type { KubernetesObject } from "../object.ts";

const kinds = new KindRegistry();
const now = Date.parse("2026-01-02T04:00:00Z");

interface Row {
  readonly name: string;
  readonly kind?: string;
  readonly columns?: readonly string[];
  readonly cells?: readonly unknown[];
  readonly object?: KubernetesObject;
}

function rows(): Row[] {
  const all = allRecorded<Row>("tables");
  return all.filter(({ kind, cells }) => kind !== undefined && cells && kinds.get(kind));
}

function cellOf(
  cell: string | ((object: KubernetesObject, now: number) => unknown),
  object: KubernetesObject,
) {
  if (typeof cell === "function") return cell(object, now);
  let value: unknown = object;
  for (const step of cell.split(".").slice(1)) value = (value as Record<string, unknown> | undefined)?.[step];
  return value;
}

describeRecorded("columns as Kubernetes prints them", "tables", () => {
  test.each(rows().map(row => [row.name, row] as const))("%s", (_name, row) => {
    // Times are placeholders in the recordings: one that can be read, for all.
    const text = JSON.stringify(row.object).replaceAll("<time>", "2026-01-02T03:04:05Z");
    const object = JSON.parse(text) as KubernetesObject;
    const { columns } = kinds.find(row.kind ?? "").versions[0];
    expect(columns.map(({ name, priority }) => (priority > 0 ? `${name} (wide)` : name))).toEqual(
      row.columns,
    );
    const cells = columns.map(({ cell }) => cellOf(cell, object));
    const printed = cells.map(cell =>
      typeof cell === "string"
        ? cell.replace(/55m|^0s$/, "<age>").replace("2026-01-02T03:04:05Z", "<time>")
        : cell,
    );
    expect(printed).toEqual(row.cells);
  });

  test("every kind has the columns that the server declares", () => {
    const declared =
      recorded<Record<string, { name: string; type: string; priority: number; format?: string }[]>>(
        "table-columns.json",
      );
    for (const { plural, versions } of kinds.all) {
      const [{ group, version, columns }] = versions;
      const theirs = declared[[group, version, plural].filter(Boolean).join("/")];
      if (!theirs) continue;
      const facts = (all: readonly { name: string; type: string; priority: number; format?: string }[]) =>
        all.map(({ name, type, priority, format = "" }) => ({ name, type, priority, format }));
      expect(facts(columns)).toEqual(facts(theirs));
    }
  });
});

/** What no recording shows: read from Kubernetes' printers. */
describe("columns of objects in states that were not recorded", () => {
  const address = [{ ip: "10.0.0.2" }, { hostname: "b.test" }, { ip: "10.0.0.2" }, { ip: "10.0.0.1" }];
  const rule = (host: string) => ({ host });
  const isDefault = (annotation: string) => ({ name: "x", annotations: { [annotation]: "true" } });
  const running = { ready: true, state: { running: {} }, restartCount: 1 };
  const sidecar = { name: "proxy", restartPolicy: "Always" };
  const broken = {
    name: "proxy",
    started: false,
    state: { waiting: { reason: "CrashLoopBackOff" } },
    restartCount: 3,
  };
  const pod = (initialized: "True" | "False") => ({
    spec: { initContainers: [sidecar], containers: [{ name: "app" }] },
    status: {
      phase: "Running",
      conditions: [{ type: "Initialized", status: initialized }],
      initContainerStatuses: [broken],
      containerStatuses: [running],
    },
  });
  test.each<[string, string, object, unknown]>([
    ["Ingress", "Hosts", { spec: { rules: [{}, rule("a.test"), rule("b.test")] } }, "a.test,b.test"],
    ["Ingress", "Hosts", { spec: { rules: [{}] } }, "*"],
    ["Ingress", "Hosts", { spec: { rules: ["a", "b", "c", "d", "e"].map(rule) } }, "a,b,c + 2 more..."],
    ["Ingress", "Address", { status: { loadBalancer: { ingress: address } } }, "10.0.0.1,10.0.0.2,b.test"],
    ["Ingress", "Ports", { spec: { tls: [{}] } }, "80, 443"],
    [
      "Service",
      "External-IP",
      {
        spec: { type: "LoadBalancer", externalIPs: ["1.2.3.4"] },
        status: { loadBalancer: { ingress: address } },
      },
      "10.0.0.1,10.0.0.2,b.test,1.2.3.4",
    ],
    ["Endpoints", "Endpoints", {}, "<none>"],
    [
      "Endpoints",
      "Endpoints",
      { subsets: [{ notReadyAddresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }] }] },
      "",
    ],
    ["EndpointSlice", "Ports", { ports: [{ name: "http" }, { port: 80 }, {}] }, "http,80,*"],
    [
      "StorageClass",
      "Name",
      { metadata: isDefault("storageclass.beta.kubernetes.io/is-default-class") },
      "x (default)",
    ],
    [
      "VolumeAttributesClass",
      "Name",
      { metadata: isDefault("storageclass.kubernetes.io/is-default-class") },
      "x",
    ],
    ["Event", "Last Seen", { involvedObject: {} }, "<unknown>"],
    ["Event", "Object", { involvedObject: { kind: "Node" } }, "node"],
    [
      "PriorityLevelConfiguration",
      "NominalConcurrencyShares",
      { spec: { type: "Exempt", exempt: { nominalConcurrencyShares: 0 } } },
      "<none>",
    ],
    [
      "CronJob",
      "Selector",
      {
        spec: {
          jobTemplate: { spec: { selector: { matchExpressions: [{ key: "a", operator: "Exists" }] } } },
        },
      },
      "a",
    ],
    ["Pod", "Status", pod("True"), "Init:CrashLoopBackOff"],
    ["Pod", "Ready", pod("True"), "1/2"],
    ["Pod", "Restarts", pod("True"), "4"],
    ["Pod", "Ready", pod("False"), "0/2"],
    ["Pod", "Restarts", pod("False"), "3"],
  ])("%s: %s of %j", (kind, column, object, text) => {
    const found = kinds.find(kind).versions[0].columns.find(({ name }) => name === column);
    expect(found && cellOf(found.cell, { metadata: { name: "x" }, ...object } as KubernetesObject)).toBe(
      text,
    );
  });
});
