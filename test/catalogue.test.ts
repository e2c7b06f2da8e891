/** The images that come along, as manifests of tutorials use them. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster, type KubernetesObject, type Pod } from "k4s";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

const cluster = new Cluster({ images: new URL("../workers", import.meta.url), hostPaths: [tmpdir()] });
beforeAll(() => cluster.start());
afterAll(() => cluster.stop());

interface Wanted {
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly [field: string]: unknown;
}

async function pod(name: string, container: Wanted, more: Readonly<Record<string, unknown>> = {}) {
  const metadata = { name, labels: { app: name } };
  const spec = { restartPolicy: "Never", containers: [{ name: "main", ...container }], ...more };
  await cluster.create({ apiVersion: "v1", kind: "Pod", metadata, spec });
}

/** What it has printed by its end, and its exit code. */
async function ended(name: string) {
  const pod = await cluster.waitFor(`Pod/${name}`, pod =>
    /Succeeded|Failed/.test(String(pod?.status?.phase)),
  );
  const exitCode = pod?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode;
  return { exitCode, log: await cluster.logs(`Pod/${name}`) };
}

async function says(name: string, container: Wanted) {
  await pod(name, container);
  return ended(name);
}

/** What a server answers, asked by its service's name. */
async function answerOf(name: string, port: number, container: Wanted, path = "/") {
  await pod(name, container);
  await cluster.create({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 8000, targetPort: port }] },
  });
  await cluster.waitFor(`Pod/${name}`, "Ready");
  const probe = {
    command: ["sh", "-c", `until wget -qO- -T 5 http://${name}:8000${path}; do sleep 0.05; done`],
  };
  const { log } = await says(`ask-${name}`, { image: "busybox", ...probe });
  return log;
}

test.each<[string, Wanted, number, string]>([
  ["echo", { image: "busybox", command: ["echo", "hi"] }, 0, "hi\n"],
  [
    "shell",
    {
      image: "busybox:1.36",
      command: ["sh", "-c"],
      args: ["echo $A; exit 3"],
      env: [{ name: "A", value: "b" }],
    },
    3,
    "b\n",
  ],
  ["no-input", { image: "alpine" }, 0, ""],
  // A program that k4s has not itself, and the machine may have.
  ["turned", { image: "busybox", command: ["rev", "/etc/hostname"] }, 0, "denrut\n"],
  [
    "indexed",
    {
      image: "bash",
      command: [
        "bash",
        "-c",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's.
        "items=(foo bar); echo ${items[$JOB_COMPLETION_INDEX]} > /tmp/data; md5sum /tmp/data",
      ],
      env: [{ name: "JOB_COMPLETION_INDEX", value: "1" }],
    },
    0,
    "c157a79031e1c40f85931829bc5fc552  /tmp/data\n",
  ],
  ["hello", { image: "hello-world" }, 0, expect.stringContaining("Hello from k4s!")],
  ["node", { image: "node:20-alpine", command: ["node", "-e", "console.log(1 + 1)"] }, 0, "2\n"],
  // An image whose script makes an option of its program a command.
  ["node-option", { image: "node:22", args: ["-e", "console.log(1 + 2)"] }, 0, "3\n"],
  ["node-command", { image: "node:22", args: ["sh", "-c", "echo no option"] }, 0, "no option\n"],
  // Of a container's own command all that it has opened is waited for, as Node does.
  [
    "node-callback",
    {
      image: "node",
      command: ["node", "-e", "fs.readFile('/etc/hostname', 'utf8', (_, t) => console.log(t.trim()))"],
    },
    0,
    "node-callback\n",
  ],
  [
    "node-child",
    {
      image: "node",
      command: ["sh", "-c", "node -e \"child_process.exec('echo hi', (_, out) => console.log(out))\""],
    },
    0,
    "hi\n\n",
  ],
  [
    "node-throws",
    { image: "node", command: ["node", "-e", "throw new Error('mine')"] },
    1,
    "Uncaught Error: mine\n    at eval ([eval]:1:7)\n",
  ],
  ["bash-option", { image: "bash", args: ["-c", "[[ ab == a* ]] && echo y"] }, 0, "y\n"],
  [
    "curl",
    { image: "curlimages/curl:8.10.1", args: ["-sS", "http://nobody/"] },
    6,
    "curl: (6) Could not resolve host: nobody\n",
  ],
  ["curl-url", { image: "alpine/curl", args: ["nobody"] }, 6, "curl: (6) Could not resolve host: nobody\n"],
  ["curl-version", { image: "curlimages/curl", args: ["--version"] }, 0, expect.stringMatching(/^curl 8\./)],
  ["of-a-folder", { image: "echo", command: ["sh", "-c", "echo not the worker"] }, 0, "not the worker\n"],
  [
    "version",
    { image: "nginx", args: ["nginx", "-v"] },
    0,
    expect.stringContaining("nginx version: nginx/1."),
  ],
  [
    "functions",
    {
      image: "docker.io/bitnami/nginx:1.29.1-debian-12-r0",
      command: ["/bin/bash"],
      args: [
        "-ec",
        "#!/bin/bash\n\n. /opt/bitnami/scripts/libfs.sh\nif ! is_dir_empty /opt/bitnami/nginx/logs; then cp -r /opt/bitnami/nginx/logs /tmp/logs; fi\nls /tmp/logs",
      ],
    },
    0,
    "access.log\nerror.log\n",
  ],
  [
    "nowhere",
    { image: "busybox", command: ["wget", "-qO-", "http://127.0.0.1:1"] },
    1,
    "wget: can't connect to remote host (127.0.0.1): Connection refused\n",
  ],
])("runs to its end: %s", async (name, container, exitCode, log) => {
  const result = await says(name, container);
  expect({ ...result, log: result.log.replace(/127\.\d+\.\d+\.\d+\): C/, "127.0.0.1): C") }).toEqual({
    exitCode,
    log,
  });
});

test.each<[string, number, Wanted, string, string]>([
  ["nginx", 80, { image: "nginx:1.27" }, "/", "<h1>Welcome to nginx!</h1>"],
  ["bitnami", 8080, { image: "bitnami/nginx" }, "/", "<h1>Welcome to nginx!</h1>"],
  [
    "node-server",
    8080,
    {
      image: "node:22",
      command: ["node", "-e", "http.createServer((_, r) => r.end('from -e')).listen(8080)"],
    },
    "/",
    "from -e",
  ],
  ["httpd", 80, { image: "httpd:2.4" }, "/", "It works!"],
  ["http-echo", 5678, { image: "hashicorp/http-echo", args: ["-text=hi there"] }, "/", "hi there"],
  ["echo-server", 8080, { image: "kicbase/echo-server:1.0" }, "/a?b", "GET /a?b HTTP/1.1"],
  ["whoami", 80, { image: "traefik/whoami" }, "/", "Hostname: whoami"],
  [
    "agnhost",
    8080,
    { image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args: ["netexec"] },
    "/hostname",
    "agnhost",
  ],
  ["hello-app", 8080, { image: "gcr.io/google-samples/hello-app:1.0" }, "/", "Hello, world!\nVersion: 1.0.0"],
  ["hello-app2", 8080, { image: "gcr.io/google-samples/hello-app:2.0" }, "/", "Version: 2.0.0"],
  ["node-hello", 8080, { image: "gcr.io/google-samples/node-hello:1.0" }, "/", "Hello Kubernetes!"],
  [
    "bootcamp",
    8080,
    { image: "gcr.io/google-samples/kubernetes-bootcamp:v1" },
    "/",
    "Running on: bootcamp | v=1",
  ],
  ["bootcamp2", 8080, { image: "docker.io/jocatalin/kubernetes-bootcamp:v2" }, "/", "| v=2"],
  [
    "busybox-httpd",
    8080,
    {
      image: "busybox",
      command: ["sh", "-c", "mkdir /www; echo page > /www/index.html; httpd -f -p 8080 -h /www"],
    },
    "/",
    "page\n",
  ],
])("answers on its port: %s", async (name, port, container, path, expected) => {
  expect(await answerOf(name, port, container, path)).toContain(expected);
});

test("nginx is probed, logs what it is asked, and ends as it should when it is stopped", async () => {
  const httpGet = { path: "/", port: 80 };
  await pod("probed", { image: "nginx", readinessProbe: { httpGet, periodSeconds: 1 } });
  await cluster.waitFor("Pod/probed", "Ready");
  const lines: string[] = [];
  const reading = (async () => {
    for await (const line of cluster.logs("Pod/probed", { follow: true })) lines.push(line);
  })();
  await cluster.delete("Pod", "probed");
  await cluster.waitFor("Pod/probed", "deleted");
  await reading;
  expect(lines).toContainEqual(expect.stringMatching(/"GET \/ HTTP\/1.1" 200 \d+ "-" "kube-probe\/1.35"/));
  expect(lines.at(-1)).toMatch(/\[notice\] 1#1: exit$/);
});

test.each([
  ["trapped", ["sh", "-c", "trap 'echo bye; exit 0' TERM; while true; do sleep 0.05; done"], "bye"],
  ["trapped-in-wait", ["sh", "-c", "trap 'echo bye; exit 0' TERM; echo up; sleep 100 & wait"], "bye"],
  ["not-trapped", ["sh", "-c", "echo up; sleep 100; echo never"], "up"],
])("a shell is told to stop: %s", async (name, command, last) => {
  await pod(name, { image: "busybox", command });
  await cluster.waitFor(`Pod/${name}`, "Ready");
  const lines: string[] = [];
  const reading = (async () => {
    for await (const line of cluster.logs(`Pod/${name}`, { follow: true })) lines.push(line);
  })();
  await cluster.delete("Pod", name);
  await cluster.waitFor(`Pod/${name}`, "deleted");
  await reading;
  expect(lines.at(-1)).toBe(last);
});

const listening = `process.on("SIGTERM", () => { console.log("asked"); setTimeout(() => { console.log("left"); process.exit(0); }, 200); });
setInterval(() => {}, 1000);
console.log("runs");`;

test.each([
  ["script", ["node", "/app/main.js"]],
  ["exec", ["sh", "-c", "exec node /app/main.js"]],
  ["code", ["node", "-e", listening]],
])("a program that listens to SIGTERM has its grace: %s", async (name, command) => {
  const files = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { "main.js": listening } };
  await cluster.create(files);
  const volumes = [{ name: "app", configMap: { name } }];
  const volumeMounts = [{ name: "app", mountPath: "/app" }];
  await pod(name, { image: "node:22", command, volumeMounts }, { volumes });
  await cluster.waitFor(`Pod/${name}`, "Ready");
  const lines: string[] = [];
  for await (const line of cluster.logs(`Pod/${name}`, { follow: true })) {
    lines.push(String(line));
    if (lines.length === 1) await cluster.delete("Pod", name);
  }
  expect(lines).toEqual(["runs", "asked", "left"]);
});

test("two servers of one pod cannot have the same port", async () => {
  const containers = ["a", "b"].map(name => ({ name, image: "nginx" }));
  await cluster.create({ apiVersion: "v1", kind: "Pod", metadata: { name: "twice" }, spec: { containers } });
  const restarted = (pod: KubernetesObject | undefined) =>
    (pod as Pod | undefined)?.status?.containerStatuses?.find(({ restartCount }) => restartCount > 0)?.name;
  const failed = await cluster.waitFor("Pod/twice", pod => restarted(pod) !== undefined);
  expect(await cluster.logs("Pod/twice", { container: restarted(failed) ?? "", previous: true })).toContain(
    "bind() to 0.0.0.0:80 failed (98: Address already in use)",
  );
});

test.each([
  ["bad-tag", "nginx:1.161", 'and no tag "1.161"'],
  ["unknown", "mine/unknown:1", "--unknown-images hollow"],
])("says what to do about an image: %s", async (name, image, expected) => {
  await pod(name, { image });
  const waiting = await cluster.waitFor(
    `Pod/${name}`,
    pod => pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason === "ImagePullBackOff",
  );
  expect(waiting?.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain(expected);
});

test("names lead through services: of a namespace, headless, of an address", async () => {
  await pod("target", { image: "nginx" });
  const spec = { selector: { app: "target" }, ports: [{ port: 80 }] };
  const service = { apiVersion: "v1", kind: "Service" };
  await cluster.create({ ...service, metadata: { name: "plain" }, spec });
  await cluster.create({ ...service, metadata: { name: "headless" }, spec: { ...spec, clusterIP: "None" } });
  await cluster.waitFor("Pod/target", "Ready");
  const address = (await cluster.get("Service", "plain"))?.spec?.clusterIP;
  const names = ["plain.default", "plain.default.svc.cluster.local", "headless", String(address)];
  const script = names.map(name => `curl -sf --retry 2 http://${name} -o /dev/null && echo ok`).join("\n");
  const { log } = await says("asker", {
    image: "busybox",
    command: ["sh", "-c", `sleep 0.2\n${script}\ncurl -s http://nobody.here`],
  });
  expect(log).toBe("ok\n".repeat(4));
});

test("images that nothing is known of pretend to run, where that is wanted, and the others run", async () => {
  await using lenient = new Cluster({ unknownImages: "hollow" });
  await lenient.start();
  const probe = { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 };
  const containers = [
    { name: "foreign", image: "quay.io/some/operator:v3", readinessProbe: probe },
    { name: "database", image: "postgres:17", readinessProbe: { exec: { command: ["pg_isready"] } } },
    { name: "own", image: "busybox", command: ["sh", "-c", "echo really; sleep 100"] },
  ];
  await lenient.create({ apiVersion: "v1", kind: "Pod", metadata: { name: "mixed" }, spec: { containers } });
  await lenient.waitFor("Pod/mixed", "Ready");
  for await (const line of lenient.logs("Pod/mixed", { container: "own", follow: true })) {
    expect(line).toBe("really");
    break;
  }
  expect((await lenient.events("Pod/mixed")).map(({ message }) => message)).toContain(
    'Image "quay.io/some/operator:v3" is unknown: its container pretends to run, as hollow ones do',
  );
});

test("what pretends completes where its end is waited for: init containers, and the pods of Jobs", async () => {
  await using lenient = new Cluster({ unknownImages: "hollow" });
  await lenient.start();
  const foreign = { name: "foreign", image: "quay.io/some/migration:v3" };
  const spec = { initContainers: [foreign], containers: [{ name: "own", image: "nginx" }] };
  await lenient.create({ apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, spec });
  const template = { spec: { containers: [foreign], restartPolicy: "Never" } };
  await lenient.create({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "migrate" },
    spec: { template },
  });
  await lenient.waitFor("Pod/web", "Ready");
  await lenient.waitFor("Job/migrate", job => job?.status?.succeeded === 1);
});

test("a claim that is bound to a folder of the machine is mounted, and a pod waits for one that is not there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "k4s-claimed-"));
  writeFileSync(join(folder, "index.html"), "Hello from Kubernetes storage");
  const accessModes = ["ReadWriteOnce"];
  const storage = "1Gi";
  const v1 = { apiVersion: "v1", metadata: { name: "task" } };
  const volumeMounts = [{ name: "v", mountPath: "/data" }];
  const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "task" } }];
  const command = ["sh", "-c", "cat /data/index.html"];
  const containers = [{ name: "main", image: "busybox", command, volumeMounts }];
  await cluster.create({ ...v1, kind: "Pod", spec: { containers, volumes, restartPolicy: "Never" } });
  const waits = (pod: KubernetesObject | undefined) =>
    (pod as Pod | undefined)?.status?.conditions?.[0]?.message?.includes(
      'persistentvolumeclaim "task" not found',
    );
  await cluster.waitFor("Pod/task", pod => waits(pod) === true);
  const given = {
    accessModes,
    storageClassName: "manual",
    capacity: { storage },
    hostPath: { path: folder },
  };
  await cluster.create({ ...v1, kind: "PersistentVolume", spec: given });
  const asked = { accessModes, storageClassName: "manual", resources: { requests: { storage } } };
  await cluster.create({ ...v1, kind: "PersistentVolumeClaim", spec: asked });
  await cluster.waitFor("Pod/task", pod => pod?.status?.phase === "Succeeded");
  expect(await cluster.logs("Pod/task")).toBe("Hello from Kubernetes storage");
  rmSync(folder, { recursive: true });
});

test("what a container has written is gone with it, and there was nothing before it wrote", async () => {
  const rootsOf = async (name: string) => {
    const uid = (await cluster.get("Pod", name))?.metadata.uid ?? "";
    const clusters = readdirSync(tmpdir()).filter(each => each.startsWith("k4s-volumes-"));
    return clusters
      .map(each => join(tmpdir(), each, uid, "~main-0", "root"))
      .filter(each => existsSync(each));
  };
  await pod("writes", {
    image: "busybox",
    command: ["sh", "-c", "echo x > /x; while ! test -e /go; do sleep 0.02; done"],
  });
  await pod("idle", { image: "busybox", command: ["sleep", "100"] });
  await cluster.waitFor("Pod/writes", "Ready");
  await cluster.waitFor("Pod/idle", "Ready");
  expect(await rootsOf("idle")).toEqual([]);
  const [root = ""] = await vi.waitUntil(async () => {
    const found = await rootsOf("writes");
    return found.length > 0 && found;
  }, 10_000);
  writeFileSync(join(root, "go"), "");
  await ended("writes");
  await vi.waitUntil(() => !existsSync(root), 10_000);
});
