/**
 * `k4s export`: what a cluster has, as manifests that any Kubernetes 1.35 takes, and images whose worker functions do what they did: they run in
 * processes of their own here, and talk over a real NATS server.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { loadAll } from "js-yaml";
import { Cluster, exportManifests } from "k4s";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { Authority, IssuedCertificates, serverCertificate } from "../src/access/index.ts";
import { ClusterCalls } from "../src/export/runtime/cluster-calls.ts";
import { describeRecorded, recordedBytes } from "../src/test-recordings.ts";
import { built } from "./built.ts";
import { type Manifest, type Running, runContainer } from "./exported-containers.ts";
import { toolPath } from "./kubectl.ts";
import { freePort, natsServer, type RealServer, startNats } from "./real-servers.ts";
import { run } from "./run-program.ts";

const place = mkdtempSync(join(tmpdir(), "k4s-export-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const images = join(place, "images");
const kubeconfig = join(place, "kubeconfig");

const modules: Record<string, string> = {
  "adder.ts": `
    import type { WorkerContext } from "k4s";
    enum Times { Once = 1 }
    export async function add({ inbox, parameters, self }: WorkerContext<{ plus: number }>) {
      for await (const { body, reply, fail } of inbox) {
        const { n, wait = 0, text = "", isTold } = body as { n: number; wait?: number; text?: string; isTold?: boolean };
        if (n < 0) { fail(new RangeError("no negative numbers")); continue; }
        if (n === 666) process.kill(process.pid, "SIGKILL");
        if (isTold) console.log("reads " + n);
        setTimeout(() => {
          const answer = { sum: n + parameters.plus * Times.Once, by: self.name, day: new Date(0), text };
          reply(answer);
          answer.sum = 0; // What was sent stays as it was.
          if (isTold) console.log("has added " + n);
        }, wait);
      }
      console.log("left");
    }`,
  "asker.mjs": `
    import { MessageError } from "k4s";
    const told = error => ({ name: error.constructor.name, reason: error.reason, handled: error.handled, text: error.message, isOurs: error instanceof MessageError });
    export default async function ({ api, self, inbox }) {
      console.log("asks as " + self.name + " of " + self.labels.app);
      for await (const message of inbox) {
        const { to, body, options } = message.body;
        if (body.letters) body.text = "x".repeat(body.letters);
        const shown = ({ text, ...answer }) => ({ ...answer, ...(body.letters && { letters: text.length }) });
        api.request(to, body, options).then(answer => message.reply({ answer: shown(answer) }), error => message.reply({ error: told(error) }));
      }
    }`,
  "web/v2.mjs": `
    import { readFileSync } from "node:fs";
    import { createServer } from "node:http";
    import { text } from "#text";
    const page = readFileSync(new URL("./pages/page.txt", import.meta.url), "utf8");
    createServer((_, answer) => answer.end(text + page)).listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listens"));`,
  "web/text.mjs": `export const text = "hello from a program";`,
  "web/pages/page.txt": ", and from beside it",
  "web/package.json": `{ "name": "web", "imports": { "#text": "./text.mjs" }, "scripts": { "prepare": "exit 1" } }`,
  "web/node_modules/left/index.js": "",
};

const manifest = `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
kind: ReplicaSet
metadata: { name: adder, namespace: shop }
spec: { replicas: 2, template: { module: adder, function: add, parameters: { plus: 1 }, readinessProbe: { request: { n: 1 } }, livenessProbe: { eventLoop: {} }, resources: { limits: { memory: 32Mi } } } }
---
kind: Service
metadata: { name: sum, namespace: shop }
spec: { selector: "adder-*" }
---
kind: Service
metadata: { name: first, namespace: shop, annotations: { k4s.dev/balancing: round-robin } }
spec: { selector: "adder-0" }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: asker, namespace: shop, labels: { team: a } }
spec:
  selector: { matchLabels: { app: asker } }
  template:
    metadata: { labels: { app: asker } }
    spec:
      serviceAccountName: reader
      runtimeClassName: process
      nodeSelector: { zone: a }
      containers: [{ name: main, image: asker, env: [{ name: WORD, valueFrom: { secretKeyRef: { name: word, key: word } } }] }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: web, image: "web:v2", args: ["8080"], ports: [{ containerPort: 8080 }], readinessProbe: { httpGet: { port: 8080 } }, volumeMounts: [{ name: settings, mountPath: /etc/web }] }
        - { name: side, image: "nginx:1.27" }
      volumes: [{ name: settings, configMap: { name: settings } }, { name: logs, hostPath: { path: /var/log } }]
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { color: blue }
---
apiVersion: v1
kind: Secret
metadata: { name: word, namespace: shop }
stringData: { word: open }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: reader, namespace: shop }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: pod-reader }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get, list] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reads, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: pod-reader }
subjects: [{ kind: ServiceAccount, name: reader, namespace: shop }]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db, namespace: shop }
spec:
  serviceName: db
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: db, image: "postgres:17", volumeMounts: [{ name: data, mountPath: /data }] }] }
  volumeClaimTemplates: [{ metadata: { name: data }, spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } } }]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: papers, namespace: shop }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly, namespace: shop }
spec: { schedule: "0 3 * * *", jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: main, image: asker }] } } } } }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web, namespace: shop }
spec: { minAvailable: 1, selector: { matchLabels: { app: web } } }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: deny, namespace: shop }
spec: { podSelector: {}, policyTypes: [Ingress] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec: { defaultBackend: { service: { name: web, port: { number: 80 } } } }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web, namespace: shop }
spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }, minReplicas: 3, maxReplicas: 5, metrics: [{ type: Pods, pods: { metric: { name: queue }, target: { type: AverageValue, averageValue: 5 } } }] }
---
kind: Container
metadata: { name: alone, namespace: other }
spec: { module: asker }
---
kind: Container
metadata: { name: web, namespace: shop }
spec: { module: asker, restartPolicy: Never }
---
kind: Container
metadata: { name: asker, namespace: shop }
spec: { module: asker }
`;

const cluster = new Cluster({ runtime: "hollow", images });
const out = join(place, "out");
let said = "";
let objects: Manifest[] = [];

const exportTo = (folder: string, ...more: string[]) =>
  run(process.execPath, [
    join(built, "cli.js"),
    "export",
    folder,
    "--images",
    images,
    "--kubeconfig",
    kubeconfig,
    ...more,
  ]);

function objectsIn(folder: string): Manifest[] {
  const manifests = join(folder, "manifests");
  return readdirSync(manifests)
    .sort()
    .flatMap(file => loadAll(readFileSync(join(manifests, file), "utf8")) as Manifest[]);
}
const find = (kind: string, name: string, namespace = "shop") =>
  objects.find(
    each =>
      each.kind === kind &&
      each.metadata.name === name &&
      (each.metadata.namespace ?? namespace) === namespace,
  );

beforeAll(async () => {
  for (const [name, text] of Object.entries(modules)) {
    mkdirSync(join(images, name, ".."), { recursive: true });
    writeFileSync(join(images, name), text);
  }
  await cluster.start();
  ({ kubeconfig: said } = await cluster.serve());
  writeFileSync(kubeconfig, said);
  await cluster.apply("apiVersion: v1\nkind: Namespace\nmetadata: { name: other }");
  await cluster.apply(manifest);
  await cluster.waitFor("Deployment/shop/web", "Available");
  const ended = await exportTo(out);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  said = ended.stdout;
  objects = objectsIn(out);
}, 60_000);
afterAll(() => cluster.stop());

describe("the manifests", () => {
  test("hold what was declared, and nothing that follows from it or that the cluster has anyway", () => {
    const names = objects.map(
      ({ kind, metadata: { namespace = "", name } }) => `${kind} ${namespace}/${name}`,
    );
    expect(names.sort()).toEqual(
      [
        "ClusterRole /pod-reader",
        "ConfigMap shop/settings",
        "CronJob shop/nightly",
        "Deployment k4s-nats/nats",
        "Deployment other/alone",
        "Deployment shop/asker",
        "Deployment shop/asker-k4s",
        "Job shop/web",
        "Deployment shop/web",
        "HorizontalPodAutoscaler shop/web",
        "Ingress shop/web",
        "Namespace /k4s-nats",
        "Namespace /other",
        "Namespace /shop",
        "NetworkPolicy shop/deny",
        "PersistentVolumeClaim shop/papers",
        "PodDisruptionBudget shop/web",
        "RoleBinding shop/reads",
        "Secret other/k4s-nats",
        "Secret shop/k4s-nats",
        "Secret shop/word",
        "Service k4s-nats/nats",
        "Service shop/first",
        "Service shop/sum",
        "Service shop/web",
        "ServiceAccount shop/reader",
        "StatefulSet shop/adder",
        "StatefulSet shop/db",
      ].sort(),
    );
  });

  test("say of each what was declared, without what a cluster fills in", () => {
    expect(find("StatefulSet", "db").spec).toEqual({
      serviceName: "db",
      selector: { matchLabels: { app: "db" } },
      template: {
        metadata: { labels: { app: "db" } },
        spec: {
          containers: [
            { name: "db", image: "postgres:17", volumeMounts: [{ name: "data", mountPath: "/data" }] },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
        },
      ],
    });
    expect(find("Service", "web").spec).toEqual({
      type: "NodePort",
      selector: { app: "web" },
      ports: [{ port: 80, targetPort: 8080 }],
    });
    expect(find("PersistentVolumeClaim", "papers").spec).not.toHaveProperty("storageClassName");
    for (const object of objects) {
      expect(object).not.toHaveProperty("status");
      expect(
        Object.keys(object.metadata).filter(
          key => !["name", "namespace", "labels", "annotations"].includes(key),
        ),
      ).toEqual([]);
    }
  });

  test("have a selector by label where k4s had a glob, and one by the pod's name where one pod was meant", () => {
    const labels = find("StatefulSet", "adder").spec.template.metadata.labels;
    const { selector, clusterIP } = find("Service", "sum").spec;
    expect(labels).toMatchObject(selector);
    expect(clusterIP).toBe("None");
    expect(find("Service", "first").spec.selector).toEqual({
      "statefulset.kubernetes.io/pod-name": "adder-0",
    });
  });

  test("have probes that the kubelet can ask", () => {
    const [container] = find("StatefulSet", "adder").spec.template.spec.containers;
    const ready = new URL(container.readinessProbe.httpGet.path, "http://pod");
    expect(ready.searchParams.get("request")).toBe('{"n":1}');
    expect(container.livenessProbe.httpGet.port).toBe(container.readinessProbe.httpGet.port);
    expect(container).not.toHaveProperty("command");
    expect(container.args).toEqual(["--plus=1"]);
  });

  test("are taken by a cluster that knows nothing of them, to the letter", async () => {
    await using other = new Cluster({ runtime: "hollow" });
    await other.start();
    await other.pause();
    // A dry run makes no namespaces, and what is in them needs them.
    await other.apply(objects.filter(({ kind }) => kind === "Namespace"));
    const { kubeconfig: text } = await other.serve();
    const file = join(place, "other-kubeconfig");
    writeFileSync(file, text);
    const { code, stdout, stderr } = await run(toolPath("kubectl"), [
      ...["--kubeconfig", file, "apply", "--dry-run=server", "--validate=strict", "-k", out],
    ]);
    // Of the namespaces, which no apply has made, it warns.
    const faults = stderr
      .split("\n")
      .filter(line => line !== "" && !line.startsWith("Warning: resource namespaces/"));
    expect({ code, faults }).toEqual({ code: 0, faults: [] });
    expect(stdout.trim().split("\n")).toHaveLength(objects.length);
    expect(await other.apply(objects)).toHaveLength(objects.length);
  });

  test("name in the report what does not go along, each with the reason", () => {
    const guide = readFileSync(join(out, "README.md"), "utf8");
    for (const text of [
      "volume logs: hostPath /var/log",
      "annotation k4s.dev/balancing",
      "limits.memory 32Mi",
      "it follows metrics that workers report",
      "NetworkPolicies",
      "Container other/alone",
      "its node ports",
    ]) {
      expect(guide).toContain(text);
      expect(said).toContain(text);
    }
    expect(guide).toContain("docker build -t k4s.local/web:v2 images/web.v2");
  });

  test("are what kubectl makes of the kustomization, with the images under their new names", async () => {
    const folder = join(place, "kustomized");
    cpSync(out, folder, { recursive: true });
    const file = join(folder, "kustomization.yaml");
    const named = readFileSync(file, "utf8").replace(
      "newName: k4s.local/web",
      "newName: registry.example/web",
    );
    writeFileSync(file, named);
    const { code, stdout, stderr } = await run(toolPath("kubectl"), ["kustomize", folder]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const made = loadAll(stdout) as Manifest[];
    expect(made).toHaveLength(objects.length);
    const web = made.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "web");
    const images = web.spec.template.spec.containers.map(({ image }: Manifest) => image);
    expect(images).toEqual(["registry.example/web:v2", "nginx:1.27"]);
  });

  test("with Secrets are for their owner's eyes", () => {
    for (const file of readdirSync(join(out, "manifests")))
      expect(statSync(join(out, "manifests", file)).mode & 0o077).toBe(0);
  });
});

describeRecorded("the manifests, held against what Kubernetes 1.35 publishes,", "openapi-v2.json.gz", () => {
  interface Schema {
    readonly $ref?: string;
    readonly type?: string;
    readonly properties?: Record<string, Schema>;
    readonly additionalProperties?: Schema;
    readonly items?: Schema;
    readonly required?: readonly string[];
    readonly "x-kubernetes-group-version-kind"?: readonly { group: string; version: string; kind: string }[];
  }
  let definitions: Record<string, Schema>;
  beforeAll(() => {
    ({ definitions } = JSON.parse(gunzipSync(recordedBytes("openapi-v2.json.gz")).toString()));
  });

  function faults(value: Manifest, schema: Schema, path: string): string[] {
    if (schema.$ref) return faults(value, definitions[schema.$ref.replace("#/definitions/", "")] ?? {}, path);
    if (schema.type === "array") {
      if (!Array.isArray(value)) return [`${path} is no list`];
      return value.flatMap((each, i) => faults(each, schema.items ?? {}, `${path}[${i}]`));
    }
    if (schema.properties === undefined && schema.additionalProperties === undefined) {
      const isFree = schema.type === undefined || schema.type === "object";
      const type = Number.isInteger(value) ? "integer" : typeof value;
      // A quantity, and a port by number or name, are published as texts.
      return isFree || type === schema.type || (schema.type === "string" && type === "integer")
        ? []
        : [`${path} is a ${type}`];
    }
    if (typeof value !== "object" || value === null) return [`${path} is no object`];
    const missing = (schema.required ?? [])
      .filter(key => value[key] === undefined)
      .map(key => `${path}.${key} is missing`);
    const found = Object.entries(value).flatMap(([key, each]) => {
      const of = schema.properties?.[key] ?? schema.additionalProperties;
      return of ? faults(each, of, `${path}.${key}`) : [`${path}.${key} is unknown`];
    });
    return [...missing, ...found];
  }

  test("have no unknown field, no wrong type, and all that is required", () => {
    const known = new Map(
      Object.values(definitions).flatMap(schema =>
        (schema["x-kubernetes-group-version-kind"] ?? []).map(
          ({ group, version, kind }) =>
            [`${group === "" ? version : `${group}/${version}`} ${kind}`, schema] as const,
        ),
      ),
    );
    expect(
      objects.flatMap(object => {
        const schema = known.get(`${object.apiVersion} ${object.kind}`);
        return schema
          ? faults(object, schema, `${object.kind} ${object.metadata.name}`)
          : [`${object.kind} is unknown`];
      }),
    ).toEqual([]);
    const wrong = { kind: "Service", spec: { ports: [{ port: "http", nodeport: 1 }] } };
    expect(faults(wrong, known.get("v1 Service") ?? {}, "it")).toEqual([
      "it.spec.ports[0].port is a string",
      "it.spec.ports[0].nodeport is unknown",
    ]);
  });
});

describe("the folder", () => {
  test("of one namespace has that alone, and what it needs of the cluster", async () => {
    const folder = join(place, "one");
    expect(
      await exportTo(
        folder,
        "-n",
        "shop",
        "--nats",
        "nats://u:p@nats.example",
        "--registry",
        "registry.example/x",
      ),
    ).toMatchObject({ code: 0 });
    const found = objectsIn(folder);
    expect(new Set(found.map(({ metadata }) => metadata.namespace))).toEqual(new Set([undefined, "shop"]));
    expect(found.filter(({ metadata }) => !metadata.namespace).map(({ kind }) => kind)).toEqual([
      "Namespace",
      "ClusterRole",
    ]);
    expect(found.find(({ metadata }) => metadata.name === "k4s-nats").stringData).toEqual({
      url: "nats://u:p@nats.example",
    });
    const [kustomization] = loadAll(readFileSync(join(folder, "kustomization.yaml"), "utf8")) as Manifest[];
    expect(kustomization.images).toContainEqual({ name: "k4s.local/web", newName: "registry.example/x/web" });
  });

  test("of manifests is that of a cluster that has them, and no cluster is asked", async () => {
    const file = join(place, "manifest.yaml");
    writeFileSync(file, manifest);
    const folder = join(place, "of-files");
    const where = ["--kubeconfig", join(place, "no-such-kubeconfig")];
    expect(await exportTo(folder, "-f", file, ...where)).toMatchObject({ code: 0, stderr: "" });
    expect(objectsIn(folder)).toEqual(objects);
    writeFileSync(file, "kind: Deployment\nmetadata: { name: x }\nspec: { replicas: many }");
    const refused = await exportTo(join(place, "none"), "-f", file, ...where);
    expect(refused).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("manifest.yaml:3"),
    });
  });

  test("is the library's to give, of a cluster and of manifests", async () => {
    const written = readdirSync(out, { recursive: true, withFileTypes: true })
      .filter(
        each =>
          each.isFile() &&
          each.name !== ".k4s-export.json" &&
          !each.parentPath.includes("/out/images/adder/node_modules"),
      )
      .map(each => join(each.parentPath, each.name).slice(out.length + 1));
    const { files, notes } = await exportManifests(cluster, { images: [images] });
    expect([...files.keys()].sort()).toEqual(written.sort());
    expect(notes.map(({ about }) => about)).toContain("NetworkPolicies");
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "cups.example.org" },
      spec: {
        group: "example.org",
        scope: "Namespaced",
        names: { plural: "cups", singular: "cup", kind: "Cup" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          },
        ],
      },
    };
    const cup = {
      apiVersion: "example.org/v1",
      kind: "Cup",
      metadata: { name: "blue", namespace: "kitchen" },
      size: 3,
    };
    // k4s brings its definition along, so that it is of two names here.
    const gateway = {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name: "gate", namespace: "kitchen" },
      spec: { gatewayClassName: "k4s", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
    };
    const folder = join(place, "of-objects");
    const own = await exportManifests([definition, cup, gateway], { folder });
    expect([...own.files.keys()].filter(path => path.startsWith("manifests/"))).toEqual([
      "manifests/00-namespaces.yaml",
      "manifests/10-customresourcedefinitions.yaml",
      "manifests/80-kitchen-cups.example.org.yaml",
      "manifests/80-kitchen-gateways.gateway.networking.k8s.io.yaml",
    ]);
    expect(objectsIn(folder)).toContainEqual(cup);
    expect(objectsIn(folder).filter(({ kind }) => kind === "Gateway")).toHaveLength(1);
    await expect(exportManifests([cup], { folder })).rejects.toThrow("Cup");
    await expect(exportManifests([], { registry: "A B" })).rejects.toMatchObject({
      reason: "BadRequest",
      message: expect.stringContaining("exportManifests: registry A B"),
    });
    await expect(exportManifests([definition], { folder })).rejects.toMatchObject({
      reason: "AlreadyExists",
    });
  });

  test("is left alone where somebody else's files are in it, and written anew only by --force", async () => {
    const folder = join(place, "mine");
    mkdirSync(folder);
    writeFileSync(join(folder, "README.md"), "mine");
    for (const more of [[], ["--force"]])
      expect(await exportTo(folder, ...more)).toMatchObject({
        code: 1,
        stdout: "",
        stderr: expect.stringContaining("no export has written it"),
      });
    expect(readdirSync(folder)).toEqual(["README.md"]);
    expect(await exportTo(join(place, "one"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--force"),
    });
    writeFileSync(join(place, "one", "notes.txt"), "mine");
    expect(await exportTo(join(place, "one"), "--force")).toMatchObject({ code: 0 });
    expect(readFileSync(join(place, "one", "notes.txt"), "utf8")).toBe("mine");
    expect(objectsIn(join(place, "one")).map(({ kind }) => kind)).toContain("StatefulSet");
  });

  test("is not begun for a namespace that is not there", async () => {
    const folder = join(place, "none");
    expect(await exportTo(folder, "-n", "shpo")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"shpo" not found'),
    });
    for (const [option, value] of [
      ["--nats", "a b"],
      ["--registry", "A B"],
      ["--node", "new"],
      ["--images", "nowhere"],
    ] as const)
      expect(await exportTo(folder, option, value)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(`^k4s: ${option} ${value}`),
      });
    const file = join(place, "file");
    writeFileSync(file, "");
    expect(await exportTo(file)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^k4s: .*file cannot be written: ENOTDIR/),
    });
    expect(readdirSync(place)).not.toContain("none");
  });
});

test("a worker function in a container asks the Kubernetes API with its account's token, by the calls that it had", async () => {
  const account = join(place, "account");
  mkdirSync(account);
  const [config] = loadAll(readFileSync(kubeconfig, "utf8")) as Manifest[];
  const { server, "certificate-authority-data": authority } = config.clusters[0].cluster;
  writeFileSync(join(account, "ca.crt"), Buffer.from(authority, "base64"));
  const { hostname: host, port } = new URL(server);
  vi.stubEnv("KUBERNETES_SERVICE_HOST", host);
  vi.stubEnv("KUBERNETES_SERVICE_PORT", port);
  const api = new ClusterCalls("shop", account);
  await expect(api.get("Pod", "x")).rejects.toMatchObject({ reason: "Unauthorized" });
  writeFileSync(join(account, "token"), `${config.users[0].user.token}\n`);
  expect(await api.get("ConfigMap", "settings")).toMatchObject({ data: { color: "blue" } });
  expect(await api.get("cm", "nothing")).toBeUndefined();
  await expect(api.get("Nonsense", "x")).rejects.toMatchObject({ name: "ApiError", reason: "NotFound" });
  const signal = new AbortController();
  const seen = api
    .watch("ConfigMap", { namespace: "shop", labelSelector: "of=calls", signal: signal.signal })
    [Symbol.asyncIterator]();
  const made = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "made", labels: { of: "calls" } },
    data: { a: "1" },
  };
  expect((await seen.next()).value.type).toBe("BOOKMARK");
  await api.create(made);
  await expect(api.create(made)).rejects.toMatchObject({ reason: "AlreadyExists" });
  expect(await api.patch("ConfigMap", "made", { data: { a: "2" } })).toMatchObject({ data: { a: "2" } });
  expect(
    await api.apply("apiVersion: v1\nkind: ConfigMap\nmetadata: { name: made }\ndata: { b: '3' }"),
  ).toMatchObject([{ data: { a: "2", b: "3" } }]);
  for (const hostile of [
    "a: [",
    "only words",
    "kind: &a\n  b: *a",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: made }\ndata: &d { e: *d }",
  ])
    await expect(api.apply(hostile)).rejects.toMatchObject({ reason: "BadRequest" });
  expect(await api.list("configmaps", { namespace: "shop", labelSelector: "of=calls" })).toMatchObject([
    { kind: "ConfigMap", data: { b: "3" } },
  ]);
  expect(await api.delete("ConfigMap", "made")).toMatchObject({ data: { b: "3" } });
  expect(await api.deleteCollection("ConfigMap", { namespace: "shop", labelSelector: "of=calls" })).toEqual(
    [],
  );
  const types = [];
  for (let i = 0; i < 4; i++) types.push((await seen.next()).value.type);
  expect(types).toEqual(["ADDED", "MODIFIED", "MODIFIED", "DELETED"]);
  signal.abort();
  expect((await seen.next()).done).toBe(true);
  vi.unstubAllEnvs();
});

if (natsServer === undefined)
  test.skip("exported containers (skipped: there is no nats-server; NATS_SERVER names one)", () => {});
else
  describe("the containers", () => {
    let nats: RealServer;
    const started: Running[] = [];
    beforeAll(async () => {
      nats = await startNats();
    });
    afterAll(() => nats.stop());
    afterEach(async () => {
      await Promise.all(started.splice(0).map(each => each.end("SIGKILL")));
    });
    const start = async (workload: Manifest, pod: string) => {
      const secrets = { "k4s-nats": { url: `nats://127.0.0.1:${nats.port}` }, word: { word: "open" } };
      const running = runContainer(workload, { folder: out, pod, secrets, port: await freePort() });
      started.push(running);
      return running;
    };
    /** As the kubelet asks, until it is so. */
    const ready = async ({ env }: Running, probe: Manifest) => {
      for (;;) {
        const answer = await fetch(`http://127.0.0.1:${env.K4S_PORT}${probe.httpGet.path}`).catch(
          () => undefined,
        );
        if (answer?.ok) return;
        await new Promise(done => setTimeout(done, 20));
      }
    };
    const adder = async (pod: string) => {
      const set = find("StatefulSet", "adder");
      const running = await start(set, pod);
      await ready(running, set.spec.template.spec.containers[0].readinessProbe);
      return running;
    };
    const asks =
      ({ env }: Running) =>
      async (to: string, body: unknown, options = {}) => {
        const request = encodeURIComponent(JSON.stringify({ to, body, options }));
        const answer = await fetch(`http://127.0.0.1:${env.K4S_PORT}/k4s/live?request=${request}`);
        return (await answer.json()) as Manifest;
      };
    /** What the asker hears from others, asked over its own probe of liveness. */
    const asker = async () => {
      const running = await start(find("Deployment", "asker"), "asker-7d9f-x2x4p");
      await running.prints("asks as asker-7d9f-x2x4p of asker");
      return asks(running);
    };

    test("wait for a NATS server that comes after them, and end where they are told to while they wait", async () => {
      const port = await freePort();
      const secrets = { "k4s-nats": { url: `nats://127.0.0.1:${port}` }, word: { word: "open" } };
      const waiting = await Promise.all(
        ["asker-1", "asker-2"].map(async pod =>
          runContainer(find("Deployment", "asker"), { folder: out, pod, secrets, port: await freePort() }),
        ),
      );
      started.push(...waiting);
      await Promise.all(waiting.map(each => each.prints("no NATS server")));
      expect(await waiting[0]?.end("SIGTERM")).toBe(0);
      const late = await startNats("", port);
      await waiting[1]?.prints("asks as asker-2 of asker");
      await late.stop();
    });

    test("speak encrypted with whom their Secret trusts, show a certificate, and go on over the next server of several", async () => {
      const files = await serverCertificate({ hosts: ["127.0.0.1"], now: Date.now() });
      const authority = new Authority(() => files, new IssuedCertificates());
      const shown = await authority.controlPlane(["worker.example"], Date.now());
      const texts = {
        "ca.pem": files.ca,
        "cert.pem": files.cert,
        "key.pem": files.key,
        "own.pem": shown.cert,
        "own-key.pem": shown.key,
      };
      const [ca, cert, key, own, ownKey] = Object.entries(texts).map(([name, text]) => {
        writeFileSync(join(place, name), text);
        return join(place, name);
      });
      const servers = await Promise.all([freePort(), freePort()]);
      const config = `authorization { user: "me", password: "p@ss" }\ntls { cert_file: "${cert}", key_file: "${key}", ca_file: "${ca}", verify: true }`;
      const first = await startNats(config, servers[0]);
      const folder = join(place, "encrypted");
      writeFileSync(join(place, "password"), "p@ss\n");
      const given = servers.flatMap(port => ["--nats", `tls://127.0.0.1:${port}`]);
      const who = ["--nats-user", "me", "--nats-password-file", join(place, "password")];
      const tls = ["--nats-ca-file", ca, "--nats-cert-file", own, "--nats-key-file", ownKey] as string[];
      expect(await exportTo(folder, ...given, ...who, ...tls)).toMatchObject({ code: 0, stderr: "" });
      const written = objectsIn(folder);
      const { stringData } = written.find(
        ({ metadata }) => metadata.name === "k4s-nats" && metadata.namespace === "shop",
      );
      expect(stringData.url).toBe(servers.map(port => `tls://me:p%40ss@127.0.0.1:${port}`).join(","));
      const secrets = { "k4s-nats": stringData, word: { word: "open" } };
      const workload = written.find(
        ({ kind, metadata }) => kind === "StatefulSet" && metadata.name === "adder",
      );
      const [container] = workload.spec.template.spec.containers;
      const running = runContainer(workload, { folder, pod: "adder-0", secrets, port: await freePort() });
      started.push(running);
      await ready(running, container.readinessProbe);
      const other = written.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "asker");
      const asking = runContainer(other, { folder, pod: "asker-1", secrets, port: await freePort() });
      started.push(asking);
      await asking.prints("asks as");
      const ask = asks(asking);
      expect(await ask("first", { n: 1 })).toMatchObject({ answer: { sum: 2 } });
      // Not before: the two are no cluster, and each container takes any that is there.
      const second = await startNats(config, servers[1]);
      await first.stop("SIGKILL");
      // Until both have found the second.
      await vi.waitFor(
        async () =>
          expect(await ask("first", { n: 2 }, { timeoutMs: 1_000 })).toMatchObject({ answer: { sum: 3 } }),
        30_000,
      );
      expect(await running.end("SIGTERM")).toBe(0);
      await second.stop();
    });

    test("whose NATS server dies have an answer or an error to each request soon after it is back", async () => {
      const port = await freePort();
      const secrets = { "k4s-nats": { url: `nats://127.0.0.1:${port}` }, word: { word: "open" } };
      const begin = async (workload: Manifest, pod: string) => {
        const running = await runContainer(workload, {
          folder: out,
          pod,
          secrets,
          port: await freePort(),
        });
        started.push(running);
        return running;
      };
      const first = await startNats("", port);
      onTestFinished(() => first.stop("SIGKILL"));
      const set = find("StatefulSet", "adder");
      const [asking, adding] = await Promise.all([
        begin(find("Deployment", "asker"), "asker-1"),
        begin(set, "adder-0"),
      ]);
      await asking.prints("asks as");
      await ready(adding, set.spec.template.spec.containers[0].readinessProbe);
      const ask = asks(asking);
      const slow = ask("sum", { n: 1, wait: 4_000, isTold: true }, { timeoutMs: 60_000 });
      const letters = 2_000_000;
      const quick = ask("sum", { n: 2, wait: 1_000, isTold: true, letters }, { timeoutMs: 60_000 });
      await Promise.all([adding.prints("reads 1"), adding.prints("reads 2")]);
      await first.stop("SIGKILL");
      const written = ask("sum", { n: 3 }, { timeoutMs: 60_000 });
      await adding.prints("has added 2");
      const second = await startNats("", port);
      onTestFinished(() => second.stop("SIGKILL"));
      expect(await Promise.all([slow, quick, written])).toMatchObject([
        { answer: { sum: 2 } },
        { answer: { sum: 3, letters } },
        { answer: { sum: 4 } },
      ]);
    });

    test("answer each other as they did, and share the load", async () => {
      const [ask] = await Promise.all([asker(), adder("adder-0"), adder("adder-1")]);
      const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => ask("sum", { n })));
      expect(answers.map(({ answer }) => answer.sum)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
      expect(new Set(answers.map(({ answer }) => answer.by))).toEqual(new Set(["adder-0", "adder-1"]));
      expect(answers[0].answer.day).toBe(new Date(0).toISOString());
      for (const [to, by] of [
        ["first", "adder-0"],
        ["sum.shop", undefined],
        ["pod/adder-1", "adder-1"],
        ["adder-0.adder", "adder-0"],
      ] as const)
        expect(await ask(to, { n: 1 })).toMatchObject({ answer: { sum: 2, ...(by && { by }) } });
    });

    test("tell each failure as k4s does: the worker's own error, and whether a message may have been handled", async () => {
      const [ask] = await Promise.all([asker(), adder("adder-0")]);
      expect(await ask("sum", { n: -1 })).toMatchObject({
        error: { name: "RangeError", text: "no negative numbers" },
      });
      expect(await ask("nobody", {})).toMatchObject({
        error: { reason: "NoEndpoint", handled: "no", isOurs: true },
      });
      expect(await ask("No Name!", {})).toMatchObject({ error: { reason: "NoSuchTarget", handled: "no" } });
      expect(await ask("sum", { n: 1, wait: 60_000 }, { timeoutMs: 50 })).toMatchObject({
        error: { reason: "DeadlineExceeded", handled: "maybe" },
      });
      expect(await ask("sum", { n: 666 })).toMatchObject({
        error: { reason: "ContainerExited", handled: "maybe" },
      });
      expect(await ask("sum", { n: 1 })).toMatchObject({ error: { reason: "NoEndpoint" } });
    });

    test("send each other what is larger than the server takes at once, in order, and finish it when they are told to stop", async () => {
      const [ask, first] = await Promise.all([asker(), adder("adder-0")]);
      const letters = 5_000_000;
      expect(await ask("first", { n: 1, letters })).toMatchObject({ answer: { sum: 2, letters } });
      const asked = [ask("first", { n: 2, letters, wait: 300 }), ask("first", { n: 3, wait: 300 })];
      await ask("first", { n: 0 });
      expect(await first.end("SIGTERM")).toBe(0);
      expect(await Promise.all(asked)).toMatchObject([
        { answer: { sum: 3, letters } },
        { answer: { sum: 4 } },
      ]);
      expect(await ask("first", { n: 1, letters })).toMatchObject({ error: { reason: "NoEndpoint" } });
    });

    test("told to stop, finish what they have and lose nothing", async () => {
      const [ask, first, second] = await Promise.all([asker(), adder("adder-0"), adder("adder-1")]);
      const under = Array.from({ length: 60 }, (_, n) => ask("sum", { n, wait: 150 }));
      await ask("first", { n: 1 });
      expect(await first.end("SIGTERM")).toBe(0);
      expect(first.output.text).toBe("left\n");
      const after = Array.from({ length: 20 }, (_, n) => ask("sum", { n }));
      expect((await Promise.all([...under, ...after])).filter(({ error }) => error)).toEqual([]);
      expect(await second.end("SIGTERM")).toBe(0);
    });

    test("that are programs run as they are, and end when they are told", async () => {
      const web = find("Deployment", "web");
      const port = await freePort();
      const [container] = web.spec.template.spec.containers;
      const changed = {
        ...web,
        spec: { template: { spec: { containers: [{ ...container, args: [String(port)] }] }, metadata: {} } },
      };
      const running = await start(changed, "web-1");
      await running.prints("listens");
      expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe(
        "hello from a program, and from beside it",
      );
      expect(await running.end("SIGTERM")).toBe(143);
    });
  });
