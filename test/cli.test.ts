/** The k4s command, run as a program: its streams, its exit codes, its signals, and what it leaves. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { built } from "./built.ts";

const root = join(import.meta.dirname, "..");
const place = mkdtempSync(join(tmpdir(), "k4s-cli-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const workers = join(root, "workers");

/** What is left in a temporary folder, but for what is kept to be quicker the next time. */
function leftIn(folder: string): string[] {
  return readdirSync(join(folder, "tmp")).filter(name => /^k4s-(?!\d+$)/.test(name));
}

let homes = 0;
/** A home and a temporary folder of its own, so that what is left is seen. */
function home() {
  const folder = join(place, String(homes++));
  mkdirSync(join(folder, "tmp"), { recursive: true });
  return folder;
}

function start(
  args: readonly string[],
  folder = home(),
  flags: readonly string[] = [],
  more: NodeJS.ProcessEnv = {},
): ChildProcess {
  const env = {
    ...more,
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: join(folder, "tmp"),
    NODE_NO_WARNINGS: "1",
  };
  return spawn(process.execPath, [...flags, join(built, "cli.js"), ...args], { env, cwd: folder });
}

async function run(args: readonly string[], { folder = home(), input = "", env = {} } = {}) {
  const child = start(args, folder, [], env);
  const said = { stdout: "", stderr: "" };
  child.stdout?.on("data", piece => (said.stdout += piece));
  child.stderr?.on("data", piece => (said.stderr += piece));
  child.stdin?.end(input);
  const [code] = await once(child, "close");
  return { code, ...said, left: leftIn(folder) };
}

/** `k4s up` once it is ready, and what it printed by then. */
async function up(args: readonly string[], folder = home(), flags: readonly string[] = []) {
  const child = start(["up", ...args], folder, flags);
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })) {
    lines.push(line);
    if (line.startsWith("Ctrl-C")) break;
  }
  return { child, lines, folder };
}

const node = (code: string) => ["with", "--", process.execPath, "-e", code];

test.each([
  ["its exit code", node("process.exit(7)"), 7, ""],
  ["its output", node("console.log('hi')"), 0, "hi\n"],
  ["a signal that ended it", node("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 9)"), 137, ""],
  [
    "where the cluster is",
    node("console.log(require('fs').readFileSync(process.env.KUBECONFIG, 'utf8').split('\\n')[1])"),
    0,
    "kind: Config\n",
  ],
])("with: the command's own %s", async (_, args, code, stdout) => {
  expect(await run(args)).toEqual({ code, stdout, stderr: "", left: [] });
});

test.each([
  ["not there", "no-such-command", 127],
  ["not executable", join(root, "package.json"), 126],
])("with: a command that is %s", async (_, command, expected) => {
  const { code, stdout, stderr, left } = await run(["with", "--", command]);
  expect({ code, stdout, left }).toEqual({ code: expected, stdout: "", left: [] });
  expect(stderr).toContain(`k4s: cannot run ${command}: spawn`);
});

// Windows has no process groups.
describe.skipIf(process.platform === "win32")("with: nothing of the command is left", () => {
  const isThere = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  test("that it has started and not waited for", async () => {
    const { code, stdout } = await run(["with", "--", "sh", "-c", "sleep 100 & echo $!; exit 4"]);
    expect(code).toBe(4);
    expect(isThere(Number(stdout))).toBe(false);
  });

  test.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)("after %s", async signal => {
    const child = start(["with", "--", "sh", "-c", "sleep 100 & echo $!; wait; sleep 100"]);
    const closed = once(child, "close");
    const [line] = await once(child.stdout as NonNullable<typeof child.stdout>, "data");
    child.kill(signal);
    await closed;
    expect(isThere(Number(line))).toBe(false);
  });
});

test("with: many at once", async () => {
  const runs = await Promise.all([1, 2, 3].map(code => run(node(`process.exit(${code})`))));
  expect(runs.map(({ code }) => code)).toEqual([1, 2, 3]);
});

test("with: what ends k4s is passed on to the command, and waited for", async () => {
  const folder = home();
  const code =
    "process.on('SIGTERM', () => { console.log('told'); process.exit(3); }); console.log('up'); setInterval(() => {}, 9)";
  const child = start(node(code), folder);
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })) {
    lines.push(line);
    if (line === "up") child.kill("SIGTERM");
  }
  if (child.exitCode === null) await once(child, "exit");
  expect([lines, child.exitCode]).toEqual([["up", "told"], 3]);
  expect(leftIn(folder)).toEqual([]);
});

test.each([
  [
    "a manifest that is not there",
    ["with", "-f", "no.yaml", "--", "true"],
    "cannot read manifests from no.yaml",
  ],
  ["an address that is none", ["with", "--listen", "x", "--", "true"], "listen must be HOST:PORT"],
  [
    "a folder that is not there",
    ["with", "--images", "no", "--", "true"],
    "--images no: there is no such folder",
  ],
  [
    "no encryption on 0.0.0.0",
    ["up", "--no-tls", "--listen", "0.0.0.0:0"],
    "whatever reaches the server may do everything",
  ],
  [
    "no encryption on [::]",
    ["up", "--no-tls", "--listen", "[::]:0"],
    "whatever reaches the server may do everything",
  ],
  ["half of a certificate", ["up", "--tls-cert", "a.crt"], "tlsKey is missing"],
  [
    "no certificate",
    ["up", "--tls-cert", "a.crt", "--tls-key", "a.key"],
    "the certificate a.crt cannot be read",
  ],
  ["no configuration", ["up", "--config", "no.yaml"], "the configuration no.yaml cannot be read"],
  ["a feature that is none", ["up", "--features", "pod_afinity=false"], 'did you mean "pod_affinity"'],
  ["half of a feature", ["up", "--features", "pod_affinity"], "NAME=true or NAME=false is wanted"],
  ["a time that is none", ["up", "--resync-period", "5"], "a duration, such as 30s"],
  ["no nodes", ["up", "--nodes", "0"], "a whole number, 1 or more, is wanted"],
  ["an etcd that is nowhere", ["up", "--etcd", ","], "--etcd: one URL at least is wanted"],
  ["a way that is none", ["up", "--unknown-images", "maybe"], "Allowed choices are refuse, hollow"],
  ["a data folder that is none", ["up", "--data", process.execPath], "cannot be used: it is no folder"],
  ["a verb that is none", ["upp"], "Did you mean up?"],
  [
    "a file that cannot be written",
    ["up", "--kubeconfig", "/no/such/place/file"],
    "name another file with --kubeconfig",
  ],
])("says what is wrong in a line: %s", async (_, args, problem) => {
  const { code, stdout, stderr, left } = await run(args);
  expect({ code, stdout, left }).toEqual({ code: 1, stdout: "", left: [] });
  expect(stderr).toContain(problem);
});

test("settings of a file, the environment and flags: the nearest wins", async () => {
  const folder = home();
  writeFileSync(
    join(folder, "controller.yaml"),
    "controller: { api: { port: 1 }, leader_election: true, features: { pod_priority: false, cron_jobs: false } }",
  );
  const ask =
    "const [, u] = require('fs').readFileSync(process.env.KUBECONFIG, 'utf8').match(/server: (.*)/);";
  const tell =
    "fetch(u + '/apis/coordination.k8s.io/v1/leases').then(a => a.json()).then(l => console.log(l.items.length))";
  const args = ["with", "--config", "controller.yaml", "--no-tls", "--features", "cron_jobs=true"];
  const env = { K4S_LISTEN: "127.0.0.1:0", K4S_LEADER_ELECTION: "false", K4S_ETCD: "", K4S_NODES: "" };
  const { code, stdout, stderr } = await run([...args, "--", process.execPath, "-e", `${ask}${tell}`], {
    folder,
    env,
  });
  // The lease of the node is the only one.
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "1\n", stderr: "" });
});

test("says which port is taken", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const { code, stderr } = await run(["up", "--listen", `127.0.0.1:${port}`]);
  server.close();
  expect(code).toBe(1);
  expect(stderr).toContain(`127.0.0.1:${port}`);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

test("a mistake in a manifest is told with its place, and nothing is left", async () => {
  const folder = home();
  writeFileSync(join(folder, "bad.yaml"), "kind: Contaner\nmetadata: { name: x }\n");
  const { code, stderr, left } = await run(["up", "-f", "bad.yaml"], { folder });
  expect([code, left, existsSync(join(folder, ".k4s", "kubeconfig"))]).toEqual([1, [], false]);
  expect(stderr).toMatch(/bad\.yaml:1.*Container/s);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("up: serves until %s, and takes its kubeconfig away", async (signal, code) => {
  const { child, lines, folder } = await up(["--images", workers]);
  expect(lines[0]).toMatch(/^ready: the Kubernetes API is served at https:\/\/127\.0\.0\.1:\d+$/);
  const file = join(folder, ".k4s", "kubeconfig");
  expect(readFileSync(file, "utf8")).toContain("current-context: k4s");
  child.kill(signal);
  const [exit] = await once(child, "exit");
  expect([exit, existsSync(file)]).toEqual([code, false]);
  expect(leftIn(folder)).toEqual([]);
});

test("up: who stops reading what it prints has it end in order, as by SIGTERM", async () => {
  const folder = home();
  const child = start(["up"], folder);
  child.stdout?.destroy();
  let stderr = "";
  child.stderr?.on("data", piece => (stderr += piece));
  const [exit] = await once(child, "close");
  expect({ exit, stderr, left: leftIn(folder) }).toEqual({ exit: 143, stderr: "", left: [] });
  expect(existsSync(join(folder, ".k4s", "kubeconfig"))).toBe(false);
});

test("up: one signal ends it though a timer and a socket are left that are not the cluster's", async () => {
  const leftOpen =
    "setInterval(() => {}, 1e6); import('node:net').then(net => net.createServer().listen(0));";
  const flags = ["--import", `data:text/javascript,${encodeURIComponent(leftOpen)}`];
  const { child, folder } = await up([], home(), flags);
  let stderr = "";
  child.stderr?.on("data", piece => (stderr += piece));
  child.kill("SIGTERM");
  const [exit] = await once(child, "close");
  expect([exit, leftIn(folder)]).toEqual([143, []]);
  expect(stderr).toMatch(/what still kept the program running was left: .*Timeout/);
});

test.each(["up", "with"])("%s: the file may hold other clusters, which stay in it", async verb => {
  const folder = home();
  const file = join(folder, "config");
  const others = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "prod", cluster: { server: "https://prod" } }],
    users: [],
    contexts: [],
  };
  writeFileSync(file, JSON.stringify(others));
  const code = `console.log(require("fs").readFileSync(${JSON.stringify(file)}, "utf8"))`;
  const during = async () => {
    if (verb === "with")
      return (await run(["with", "--kubeconfig", file, "--", process.execPath, "-e", code], { folder }))
        .stdout;
    const { child } = await up(["--kubeconfig", file], folder);
    const text = readFileSync(file, "utf8");
    child.kill("SIGTERM");
    await once(child, "exit");
    return text;
  };
  expect(load(await during())).toMatchObject({ clusters: [{ name: "prod" }, { name: "k4s" }] });
  expect(load(readFileSync(file, "utf8"))).toEqual(others);
});

test("a cluster does not take the place of one of its name that runs, but of one that is gone", async () => {
  const folder = home();
  const file = join(folder, "config");
  const { child } = await up(["--kubeconfig", file], folder);
  const before = readFileSync(file, "utf8");
  for (const args of [["up"], ["with", "--", process.execPath, "-e", ""]]) {
    const [verb = "", ...rest] = args;
    const { code, stderr } = await run([verb, "--kubeconfig", file, ...rest], { folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^k4s: a cluster "k4s" runs already, at https:\S+, and .*give this one another --name/,
    );
    expect(readFileSync(file, "utf8")).toBe(before);
  }
  const { child: other } = await up(["--kubeconfig", file, "--name", "other"], folder);
  other.kill("SIGTERM");
  await once(other, "exit");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(readFileSync(file, "utf8")).toContain("name: k4s");
  const { child: again } = await up(["--kubeconfig", file], folder);
  again.kill("SIGTERM");
  await once(again, "exit");
  expect(existsSync(file)).toBe(false);
});

test.each<readonly [string, string, string]>([
  ["--volumes", "file", `volumes cannot lie in \\S+file: it is no folder`],
  ...(process.platform === "linux"
    ? [["--volumes", "/proc/x/y", "volumes cannot lie in /proc/x/y: ENOENT: .*"] as const]
    : []),
  ["--allow-host-path", "none", "--allow-host-path none: there is no such folder"],
  ["--allow-host-path", "file", "--allow-host-path file: there is no such folder"],
])("up %s %s: says at the start that it cannot be", async (option, value, expected) => {
  const folder = home();
  writeFileSync(join(folder, "file"), "");
  const { code, stdout, stderr, left } = await run(["up", option, value], { folder });
  expect({ code, stdout, left }).toEqual({ code: 1, stdout: "", left: [] });
  expect(stderr).toMatch(new RegExp(`^k4s: ${expected}\\n$`));
});

test("up --csi-driver: says at the start that nobody is there yet, and goes on", async () => {
  const folder = home();
  const child = start(["up", "--csi-driver", "a.b=none.sock"], folder);
  let told = "";
  child.stderr?.on("data", piece => (told += piece));
  const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> });
  for await (const line of lines) if (line.startsWith("Ctrl-C")) break;
  await expect
    .poll(() => told)
    .toMatch(/the storage driver a\.b cannot be asked yet, and its volumes wait for it: .*none\.sock/);
  child.kill("SIGTERM");
  await once(child, "exit");
});

test("up --volumes: one at a time has the folder; that of one that was killed is free", async () => {
  const args = ["--volumes", "kept"];
  const folder = home();
  const { child } = await up(args, folder);
  const { code, stderr } = await run(["up", "--name", "other", ...args], { folder });
  expect(code).toBe(1);
  expect(stderr).toMatch(
    new RegExp(`^k4s: volumes cannot lie in \\S+kept: the process ${child.pid} has it since 20\\S+Z\\n$`),
  );
  child.kill("SIGKILL");
  await once(child, "exit");
  const { child: again } = await up(args, folder);
  again.kill("SIGTERM");
  await once(again, "exit");
  expect(readdirSync(join(folder, "kept"))).not.toContain("lock");
});

test("lists the images of a folder, and those that come along", async () => {
  const { stdout } = await run(["images", "--images", workers]);
  expect(stdout).toMatch(/^IMAGE +FROM\naggregator +\S+workers\n/);
  expect(stdout).toMatch(/\nnginx +k4s: a web server on port 80/);
});

const short = `
kind: Container
metadata: { name: echo }
spec: { module: echo }
---
kind: ReplicaSet
metadata: { name: rs }
spec: { container: echo, replicas: 2 }
---
kind: Service
metadata: { name: svc }
spec: { selector: "rs-*" }
`;

describe("the verbs that ask a cluster", () => {
  const folder = home();
  let serving: ChildProcess;
  beforeAll(async () => {
    writeFileSync(join(folder, "short.yaml"), short);
    ({ child: serving } = await up(["--images", workers], folder));
    expect(await run(["apply", "-f", "short.yaml"], { folder })).toMatchObject({
      code: 0,
      stdout: "container.k4s.dev/echo created\nreplicaset.apps/rs created\nservice/svc created\n",
    });
    const { stdout } = await run(["rollout", "status", "rs/rs"], { folder });
    expect(stdout).toContain('replica set "rs" successfully rolled out');
  }, 60_000);
  afterAll(async () => {
    serving.kill();
    await once(serving, "exit");
  });

  test.each<[string, readonly string[], RegExp, string?]>([
    [
      "get, as a table",
      ["get", "pods"],
      /^NAME +READY +STATUS +RESTARTS +AGE\necho +1\/1 +Running +0 +\d+s\nrs-0 +1\/1/,
    ],
    [
      "get, several kinds",
      ["get", "po,svc"],
      /^NAME .*\npod\/echo .*\n[\s\S]*\n\nNAME .*\n[\s\S]*service\/svc /,
    ],
    ["get, whole", ["get", "container", "echo", "-o", "yaml"], /^kind: Container\napiVersion: k4s.dev\/v1\n/],
    ["get, by name", ["get", "rs/rs", "svc/svc", "-o", "name"], /^replicaset.apps\/rs\nservice\/svc\n$/],
    ["get, of all namespaces", ["get", "ns", "-A", "-o", "json"], /"kind": "List"/],
    [
      "describe",
      ["describe", "pod", "rs-0"],
      /^Name: rs-0\nNamespace: default\n[\s\S]*LAST SEEN[\s\S]*Scheduled/,
    ],
    [
      "apply again",
      ["apply", "-f", "-"],
      /^container.k4s.dev\/echo unchanged\nreplicaset.apps\/rs unchanged\n/,
      short,
    ],
    ["logs", ["logs", "echo"], /echo listens/],
    ["logs of a workload", ["logs", "rs/rs", "--tail", "1"], /rs-\d listens/],
    [
      "events",
      ["events", "--for", "pod/rs-0"],
      /^LAST SEEN +TYPE +REASON +MESSAGE\n[\s\S]* Scheduled +Successfully assigned default\/rs-0/,
    ],
    ["exec", ["exec", "echo", "--", "sh", "-c", "echo in $HOSTNAME"], /^in echo\n$/],
    ["exec with input", ["exec", "-i", "echo", "--", "cat"], /^typed$/, "typed"],
    ["request to a service", ["request", "svc", '{"a":1}'], /^\{"said":\{"a":1\},"by":"rs-\d"\}\n$/],
    ["request to a container", ["request", "container/echo", "hello"], /^\{"said":"hello","by":"echo"\}\n$/],
    [
      "request, long",
      ["request", "container/echo", JSON.stringify("x".repeat(90_000))],
      /^\{"said":"x{90000}","by":"echo"\}\n$/,
    ],
    ["request from the input", ["request", "container/echo", "-"], /^\{"said":\[1\],"by":"echo"\}\n$/, "[1]"],
    ["send", ["send", "pod/rs-0", "5"], /^$/],
    [
      "why",
      ["why", "pod/rs-0"],
      /^\S+Z {2}node\/node-0 changed Pod rs-0 [\s\S]*container-controller created Pod rs-0, because replicaset-controller created Container rs-0\n/,
    ],
    [
      "why, about scheduling",
      ["why", "--scheduling", "rs-0"],
      /^default\/rs-0 is on node-0 \(default-scheduler\)\.\n\nNODE +TOTAL\nnode-0 \* +fits\nOnly one node can take it: none was scored\.\n$/,
    ],
    [
      "policy test",
      ["policy", "test", "pod/rs-0", "pod/echo:80"],
      /^allowed: pod default\/rs-0 -> pod default\/echo, port 80\/TCP\n {2}egress of pod default\/rs-0: open/,
    ],
    ["scale", ["scale", "rs/rs", "--replicas", "3"], /^replicaset.apps\/rs scaled\n$/],
  ])("%s", async (_, args, expected, input) => {
    const { code, stdout, stderr } = await run(args, { folder, ...(input !== undefined && { input }) });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(expected);
  });

  test.each([
    ["a command's exit code", ["exec", "echo", "--", "sh", "-c", "exit 5"], 5, ""],
    ["an object that is not there", ["get", "pod", "nobody"], 1, 'k4s: pods "nobody" not found\n'],
    [
      "a kind that is not there",
      ["get", "pots"],
      1,
      'k4s: the server doesn\'t have a resource type "pots"; did you mean "pods"?\n',
    ],
    ["nothing found", ["get", "jobs"], 0, "No resources found in default namespace.\n"],
    ["a service that is not there", ["request", "nobody", "1"], 1, 'k4s: services "nobody" not found\n'],
    ["a context that is not there", ["get", "pods", "--context", "x"], 1, /has no context "x"/],
  ])("tells %s", async (_, args, code, stderr) => {
    const result = await run(args, { folder });
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toEqual(typeof stderr === "string" ? stderr : expect.stringMatching(stderr));
  });

  test.each(["apply", "delete"])(
    "%s refuses an object of another namespace than the one asked for",
    async verb => {
      const input = `kind: ConfigMap\napiVersion: v1\nmetadata: { name: there, namespace: default }\n`;
      expect(await run([verb, "-n", "kube-system", "-f", "-"], { folder, input })).toMatchObject({
        code: 1,
        stdout: "",
        stderr:
          'k4s: the namespace "default" of ConfigMap there does not match the namespace "kube-system": pass --namespace=default for it\n',
      });
    },
  );

  test("the events of a kind of another group that is called alike are not a pod's", async () => {
    const event = (name: string, apiVersion: string) =>
      `kind: Event\napiVersion: v1\nmetadata: { name: ${name} }\nreason: ${name}\ntype: Normal\ninvolvedObject: { kind: Pod, apiVersion: ${apiVersion}, name: rs-0, namespace: default }\n`;
    const input = `${event("other", "example.com/v1")}---\n${event("own", "v1")}`;
    expect((await run(["apply", "-f", "-"], { folder, input })).code).toBe(0);
    for (const args of [
      ["events", "--for", "pod/rs-0"],
      ["describe", "pod", "rs-0"],
    ]) {
      const { stdout } = await run(args, { folder });
      expect(stdout).toMatch(/ own\b/);
      expect(stdout).not.toMatch(/ other\b/);
    }
    expect((await run(["events"], { folder })).stdout).toMatch(/ other\b/);
  });

  test("a policy that denies is named before one tries, and by why", async () => {
    const policy = (name: string) => `kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata: { name: ${name} }
spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] }
`;
    expect((await run(["apply", "-f", "-"], { folder, input: policy("only-80") })).code).toBe(0);
    const tested = (to: string) => run(["policy", "test", "203.0.113.7", to], { folder });
    expect(await tested("pod/echo:80")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^allowed: .*\n.*\n {2}ingress of pod default\/echo: allowed by NetworkPolicy default\/only-80, spec.ingress\[0\]\n$/,
      ),
    });
    expect(await tested("pod/echo:81")).toMatchObject({
      code: 1,
      stderr: "",
      stdout: expect.stringMatching(
        /^denied: .*\n.*\n.*no rule of NetworkPolicy default\/only-80 allows it\n$/,
      ),
    });
    expect(await tested("nobody:81")).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining('k4s: there is no pod and no Service "nobody"'),
    });
    const { stdout } = await run(["why", "pod/echo"], { folder });
    expect(stdout).toContain(
      "NetworkPolicies that select it for ingress: default/only-80\nNetworkPolicies that select it for egress: none, it is open\n",
    );
    expect((await run(["delete", "networkpolicy/only-80"], { folder })).code).toBe(0);
  });

  test("delete waits until it is gone", async () => {
    expect((await run(["delete", "svc/svc"], { folder })).stdout).toBe("service/svc deleted\n");
    expect((await run(["get", "svc", "svc"], { folder })).code).toBe(1);
  });
});

describe("the verbs that work on workloads and nodes", () => {
  const folder = home();
  let serving: ChildProcess;
  const k4s = (...args: string[]) => run(args, { folder });
  const deployment = (module: string) =>
    `kind: Deployment
apiVersion: apps/v1
metadata: { name: web, annotations: { kubernetes.io/change-cause: "now ${module}" } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { runtimeClassName: hollow, containers: [{ name: main, image: "${module}" }] }
`;
  beforeAll(async () => {
    ({ child: serving } = await up(
      ["--images", workers, "--nodes", "2", "--unknown-images", "hollow"],
      folder,
    ));
    await run(["apply", "-f", "-"], { folder, input: deployment("one") });
    await k4s("rollout", "status", "deploy/web");
    await run(["apply", "-f", "-"], { folder, input: deployment("two") });
  }, 60_000);
  afterAll(async () => {
    serving.kill();
    await once(serving, "exit");
  });

  test("rollout, as kubectl has it", async () => {
    expect((await k4s("rollout", "status", "deploy/web")).stdout).toMatch(
      /^(Waiting for deployment.*\n)*deployment "web" successfully rolled out\n$/,
    );
    expect((await k4s("rollout", "history", "deploy/web")).stdout).toBe(
      "deployment.apps/web\nREVISION   CHANGE-CAUSE\n1          now one\n2          now two\n",
    );
    const first = await k4s("rollout", "history", "deploy", "web", "--revision", "1");
    expect(first.stdout).toMatch(/^deployment.apps\/web with revision #1\ntemplate:\n[\s\S]*image: one\n/);
    expect((await k4s("rollout", "undo", "deploy/web")).stdout).toBe("deployment.apps/web rolled back\n");
    expect((await k4s("get", "deploy", "web", "-o", "yaml")).stdout).toContain("image: one\n");
    expect((await k4s("rollout", "undo", "deploy/web", "--to-revision", "3")).stdout).toBe(
      "deployment.apps/web skipped rollback (current template already matches revision 3)\n",
    );
    expect(await k4s("rollout", "undo", "deploy/web", "--to-revision", "9")).toMatchObject({
      code: 1,
      stderr: "k4s: Deployment web remembers no revision 9; there are 2, 3\n",
    });
    expect((await k4s("rollout", "pause", "deploy/web")).stdout).toBe("deployment.apps/web paused\n");
    expect((await k4s("rollout", "pause", "deploy/web")).stderr).toBe(
      "k4s: Deployment web is already paused\n",
    );
    expect((await k4s("rollout", "restart", "deploy/web")).stderr).toMatch(
      /can't restart while it is paused/,
    );
    expect((await k4s("rollout", "undo", "deploy/web")).stderr).toMatch(/resume it first/);
    expect((await k4s("rollout", "resume", "deploy/web")).stdout).toBe("deployment.apps/web resumed\n");
    expect((await k4s("rollout", "restart", "deploy/web")).stdout).toBe("deployment.apps/web restarted\n");
    expect((await k4s("rollout", "pause", "rs/x")).stderr).toBe(
      "k4s: a ReplicaSet is not rolled out: name a Deployment, a StatefulSet, a DaemonSet\n",
    );
  }, 60_000);

  test("autoscale", async () => {
    const scaled = await k4s("autoscale", "deploy/web", "--min", "2", "--max", "5", "--cpu", "70%");
    expect(scaled.stdout).toBe("horizontalpodautoscaler.autoscaling/web autoscaled\n");
    expect((await k4s("get", "hpa", "web", "-o", "yaml")).stdout).toMatch(
      /averageUtilization: 70[\s\S]*maxReplicas: 5|maxReplicas: 5[\s\S]*averageUtilization: 70/,
    );
    expect((await k4s("autoscale", "deploy/none", "--max", "5")).stderr).toMatch(/"none" not found/);
    expect((await k4s("autoscale", "deploy/web", "--min", "3", "--max", "2")).stderr).toBe(
      "k4s: --max must be --min (3) or more, not 2\n",
    );
  }, 60_000);

  test("nodes are cordoned and drained, in kubectl's words", async () => {
    expect((await k4s("node", "cordon", "node-1")).stdout).toBe("node/node-1 cordoned\n");
    expect((await k4s("node", "cordon", "node/node-1")).stdout).toBe("node/node-1 already cordoned\n");
    expect((await k4s("node", "uncordon", "node-1")).stdout).toBe("node/node-1 uncordoned\n");
    const lone = `kind: Pod
apiVersion: v1
metadata: { name: lone }
spec: { nodeName: node-1, runtimeClassName: hollow, containers: [{ name: main, image: one }] }
`;
    await run(["apply", "-f", "-"], { folder, input: lone });
    expect(await k4s("node", "drain", "node-1")).toMatchObject({
      code: 1,
      stdout: "node/node-1 cordoned\n",
      stderr: "k4s: cannot delete Pods that declare no controller (use --force to override): default/lone\n",
    });
    const drained = await k4s("node", "drain", "node-1", "--force", "--timeout", "1m", "--grace-period", "1");
    expect(drained).toMatchObject({
      code: 0,
      stderr: "Warning: deleting Pods that declare no controller: default/lone\n",
    });
    expect(drained.stdout).toMatch(
      /^node\/node-1 already cordoned\n(evicting pod default\/\S+\n)+(pod\/\S+ evicted\n)+node\/node-1 drained\n$/,
    );
    expect(drained.stdout).toContain("pod/lone evicted\n");
    const several = await k4s("node", "drain", "none", "node-1", "--disable-eviction");
    expect(several).toMatchObject({ code: 1, stdout: "" });
    expect(several.stderr).toMatch(/^k4s: .*not found\n$/);
    expect((await k4s("node", "uncordon", "node-1")).code).toBe(0);
  }, 60_000);

  test("nodes come, are lost and come back", async () => {
    expect((await k4s("node", "list")).stdout).toMatch(
      /^NAME +STATE +STATUS +PODS\nnode-0 +running +Ready +\d\nnode-1 +running +Ready +\d\n$/,
    );
    const added = await k4s(
      "node",
      "add",
      "big",
      "--cpu",
      "64",
      "--label",
      "size=big",
      "--taint",
      "own:NoExecute",
    );
    expect(added).toMatchObject({ code: 0, stdout: "node/big added\n" });
    const big = await k4s("get", "node", "big", "-o", "yaml");
    expect(big.stdout).toMatch(/cpu: '64'/);
    expect(big.stdout).toMatch(/pods: '1000'/);
    expect(big.stdout).toMatch(/size: big/);
    expect(big.stdout).toMatch(/effect: NoExecute/);
    expect((await k4s("node", "freeze", "big")).stdout).toBe("node/big frozen\n");
    expect((await k4s("node", "list")).stdout).toMatch(/big +frozen +Ready +0\n/);
    expect((await k4s("node", "start", "node/big")).stdout).toBe("node/big started\n");
    expect((await k4s("node", "stop", "node-1", "big")).stdout).toBe(
      "node/node-1 stopped\nnode/big stopped\n",
    );
    expect((await k4s("node", "list")).stdout).toMatch(/node-1 +off +NotReady +0\n/);
    expect(await k4s("node", "crash", "node-11")).toMatchObject({
      code: 1,
      stderr: "k4s: this cluster runs no node node-11; did you mean node-1?\n",
    });
    expect((await k4s("node", "add", "big")).stderr).toBe("k4s: there is a node big already\n");
    expect((await k4s("node", "remove", "big")).stdout).toBe("node/big removed\n");
    expect((await k4s("get", "node", "big")).stderr).toContain('nodes "big" not found');
    expect((await k4s("node", "list")).stdout).not.toContain("big");
    expect((await k4s("node", "add", "x", "--cpu", "lots")).stderr).toMatch(
      /capacity.cpu must be a quantity/,
    );
    expect((await k4s("node", "add", "No Name")).code).toBe(1);
    expect((await k4s("node", "list")).stdout).not.toMatch(/No Name|x +/);
  }, 60_000);

  test("stats", async () => {
    expect((await k4s("stats")).stdout).toMatch(
      /^Nodes: +2, 1 ready\nPods: +\d+: [\s\S]*\nHealing: [\s\S]*\nRESOURCE +CAPACITY +REQUESTED +USED\ncpu /,
    );
    expect(JSON.parse((await k4s("stats", "-o", "json")).stdout)).toMatchObject({ nodes: { total: 2 } });
  });

  test("only who may can do something to nodes", async () => {
    const role = `
kind: ClusterRole
apiVersion: rbac.authorization.k8s.io/v1
metadata: { name: breaker }
rules: [{ nonResourceURLs: ["/k4s/nodes/freeze", "/k4s/nodes"], verbs: [get, post] }]
---
kind: ClusterRoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata: { name: breaker }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: breaker }
subjects: [{ kind: ServiceAccount, name: breaker, namespace: default }]
---
kind: ServiceAccount
apiVersion: v1
metadata: { name: breaker }
---
kind: Secret
apiVersion: v1
type: kubernetes.io/service-account-token
metadata: { name: breaker, annotations: { kubernetes.io/service-account.name: breaker } }
`;
    expect(await run(["apply", "-f", "-"], { folder, input: role })).toMatchObject({ code: 0 });
    const secret = load((await k4s("get", "secret", "breaker", "-o", "yaml")).stdout) as {
      readonly data: Readonly<Record<string, string>>;
    };
    const file = join(folder, "as-breaker");
    const config = load(readFileSync(join(folder, ".k4s", "kubeconfig"), "utf8")) as { users: unknown };
    const token = Buffer.from(secret.data.token ?? "", "base64").toString();
    config.users = [{ name: "k4s", user: { token } }];
    writeFileSync(file, JSON.stringify(config));
    const as = (...args: string[]) => k4s(...args, "--kubeconfig", file);
    expect(await as("node", "freeze", "node-0")).toMatchObject({ code: 0, stdout: "node/node-0 frozen\n" });
    expect((await as("node", "crash", "node-0")).stderr).toMatch(/cannot post path "\/k4s\/nodes\/crash"/);
    expect((await as("stats")).stderr).toMatch(/cannot get path "\/k4s\/stats"/);
    expect(await as("node", "list")).toMatchObject({ code: 0 });
  }, 60_000);
});

test("expand and validate need no cluster", async () => {
  const folder = home();
  writeFileSync(join(folder, "short.yaml"), short);
  writeFileSync(join(folder, "bad.yaml"), short.replace("replicas: 2", "replicas: -2"));
  expect((await run(["expand", "-f", "short.yaml"], { folder })).stdout).toContain(
    "selector:\n    k4s.dev/name: rs-*\n",
  );
  expect((await run(["validate", "-f", "short.yaml"], { folder })).stdout).toBe(
    "short.yaml: 3 objects are valid\n",
  );
  const { code, stderr } = await run(["validate", "-f", "bad.yaml"], { folder });
  expect(code).toBe(1);
  expect(stderr).toMatch(/bad\.yaml:8.*replicas/);
});

test("a verb says how to get a cluster where there is none", async () => {
  const { code, stderr } = await run(["get", "pods"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^k4s: no cluster is known: .*kubeconfig is not there; start one with k4s up\n$/);
});
