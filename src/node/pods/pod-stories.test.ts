/**
 * The recorded stories of pods, played on a node in virtual time whose containers pretend: the pod must come out as it did
 * in a real Kubernetes, and the same events must have been told of it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as realTime } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { Api, Client } from "../../api/index.ts";
import { realClock } from "../../outside/index.ts";
import type { Draft, KubernetesObject, Pod, PodSpec } from "../../resources/index.ts";
import { allRecorded, describeRecorded } from "../../test-recordings.ts";
import { Images } from "../images/index.ts";
import { HollowRuntime } from "../runtimes/hollow.ts";
import type { ContainerStart, RunningContainer } from "../runtimes/runtime.ts";
import { TestNode, user } from "../test-node.ts";

/** Stories that are not a node's alone, or of things that threads do not have, and why. */
const leftOut: Readonly<Record<string, string>> = {
  "pod-anti-affinity": "the scheduler's",
  "pod-out-of-memory": "what pretends has no memory: runtime.suite.ts kills real threads for theirs",
  "pod-preemption": "the scheduler's",
  "pod-readiness":
    "its probe is a program that threads do not have: agent.test.ts tells the same with other probes",
  "pod-startup-probe": "its probe is a program that threads do not have, as above",
  "pod-unschedulable-then-fits": "the scheduler's",
};

/** What the containers of the stories do, by their shell script or their image. */
const behaviours: Readonly<Record<string, Record<string, string>>> = {
  'trap "" TERM; while :; do sleep 1; done': { "k4s.dev/hollow-stop-after": "never" },
  "sleep 2; exit 4": { "k4s.dev/hollow-exit-after": "2s:4" },
  "sleep 3": { "k4s.dev/hollow-exit-after": "3s:0" },
  exit0: { "k4s.dev/hollow-exit-after": "1s:0" },
  exit1: { "k4s.dev/hollow-exit-after": "1s:1" },
  echo: {},
};

/** Pretends to run the images of the stories, which must be there as others must. */
class StoryRuntime extends HollowRuntime {
  override readonly runsImages = true;

  override start(container: ContainerStart): RunningContainer {
    const image = dirname(container.code.filename).split("/").at(-1) ?? "";
    const words = container.main?.command ?? container.args;
    const annotations = behaviours[words.at(-1) ?? image];
    if (!annotations) throw new Error(`no behaviour is known of ${image} ${words.join(" ")}`);
    return super.start({ ...container, annotations });
  }
}

interface Story {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly events: readonly { type: string; reason: string; from: string; message: string }[];
  readonly settled: readonly { kind: string; object: KubernetesObject }[];
}

interface Step {
  readonly request?: { readonly method: string; readonly path: string; readonly body?: Draft & Data };
  readonly wait?: string | { readonly field?: string; readonly equals?: unknown; readonly gone?: boolean };
}

type Data = Record<string, unknown>;

describeRecorded("a pod lives as in Kubernetes", "stories", () => {
  const stories = allRecorded<Story>("stories", "pod-").filter(({ name }) => !(name in leftOut));
  const root = mkdtempSync(join(tmpdir(), "k4s-stories-"));
  for (const image of ["echo/v1", "echo/v2", "exit0/v1", "exit1/v1"]) {
    const file = join(root, "registry.test", `${image}.cjs`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `exports.default = () => ${JSON.stringify(image)};`);
  }
  afterAll(() => rmSync(root, { recursive: true }));

  it.each(stories.map(story => [story.name, story] as const))("%s", async (_, story) => {
    const images = new Images({ folders: [root], cache: undefined, clock: realClock });
    for (const image of ["echo:v1", "echo:v2", "exit0:v1", "exit1:v1"])
      await images.pull(`registry.test/${image}`);
    const node = new TestNode({
      images,
      runtime: clock => new StoryRuntime({ clock, quiet: false }),
      backOff: { initialMs: 10_000 },
    });
    await node.start();
    const parts = { ...node, api: new Api(node), events: { written: async () => {} } };
    const client = new Client(parts, user, "default");
    for (const step of story.steps) {
      if (step.request) await send(client, node, step.request);
      await wait(node, step.wait ?? "0 seconds");
    }
    const pod = story.settled.find(({ kind }) => kind === "Pod")?.object;
    expect(shown(node.pod())).toEqual(shown(pod));
    const told = story.events.filter(({ from }) => from === "kubelet");
    const events = told.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
    expect(new Set(node.events.map(blurred))).toEqual(new Set(events.map(blurred)));
    expect(node.faults).toEqual([]);
    await node.agent.stop();
  });
});

async function send(
  client: Client,
  node: TestNode,
  { method, path, body }: NonNullable<Step["request"]>,
): Promise<void> {
  const [, , , , , plural = "", name = "", subresource] = path.split("/");
  const kind = { pods: "Pod", configmaps: "ConfigMap", secrets: "Secret" }[plural] ?? plural;
  const options = { namespace: "default" };
  if (method === "DELETE") await client.delete(kind, name, { ...options, ...(body as Data) });
  else if (subresource === "status") await setCondition(client, name, body);
  else if (subresource === "ephemeralcontainers") await node.change(addedTo(body), subresource);
  else if (method === "PATCH") await client.patch(kind, name, body ?? {}, { ...options, type: "strategic" });
  else if (body) await client.create(kind === "Pod" ? onNode(body) : body);
}

/** The pod with the containers that a patch adds to it for debugging. */
function addedTo(body: Data | undefined): (pod: Pod) => Pod {
  const added = body?.spec as Pick<PodSpec, "ephemeralContainers">;
  return pod => ({ ...pod, spec: { ...pod.spec, ...added } });
}

/** As the scheduler would have done. */
function onNode(body: Draft & Data): Draft {
  return { ...body, spec: { ...(body.spec as Data), nodeName: "node-1" } } as Draft;
}

async function setCondition(client: Client, name: string, body: Data | undefined): Promise<void> {
  const pod = await client.get("Pod", name);
  if (!pod || !body) throw new Error(`there is no pod ${name}, or nothing to change`);
  const { conditions } = body.status as { conditions: [] };
  const status = { ...pod.status, conditions: [...conditions, ...(pod.status?.conditions ?? [])] };
  await client.updateStatus({ ...pod, status });
}

/** Lets time pass: so many seconds, or until the pod is as the story waits for it. */
async function wait(node: TestNode, awaited: NonNullable<Step["wait"]>): Promise<void> {
  if (typeof awaited === "string") return node.clock.advance(Number.parseFloat(awaited) * 1_000);
  const { field = "", equals, gone = false } = awaited;
  for (let waited = 0; waited < 300; waited++) {
    await node.clock.settle();
    if (gone ? !node.pod() : fieldAt(node.pod(), field) === equals) return;
    await node.clock.advance(500);
    // Images and logs are real files, which take real time on a busy machine, whatever the clock of the story says.
    await realTime(2);
  }
  throw new Error(`${gone ? "the pod is still there" : `${field} did not become ${equals}`}`);
}

/** `status.conditions[Ready].status`: lists are looked through for a type or a name. */
function fieldAt(object: unknown, path: string): unknown {
  return path.split(/[.[]/).reduce((value: unknown, part) => {
    const name = part.replace("]", "");
    if (Array.isArray(value)) return value.find(item => item.type === name || item.name === name);
    return (value as Data | undefined)?.[name];
  }, object);
}

/** The status, without what differs from run to run and from machine to machine: users. */
function shown(pod: KubernetesObject | undefined): unknown {
  const left = ["user", "imageID", "lastTransitionTime"];
  return JSON.parse(JSON.stringify((pod as Data | undefined)?.status ?? "gone"), (key, value) => {
    if (left.includes(key)) return undefined;
    if (key === "volumeMounts") return withoutToken(value);
    if (/At$|Time$|IP$|^ip$|^containerID$/.test(key)) return typeof value === "string" ? "…" : undefined;
    return typeof value === "string" ? blurred(value) : value;
  });
}

/** The recordings leave the token volume out. */
function withoutToken(mounts: readonly { readonly name: string }[]): unknown {
  const others = mounts.filter(({ name }) => !name.startsWith("kube-api-access-"));
  return others.length > 0 ? others : undefined;
}

/** Namespaces, uids, and what a network says of itself. */
function blurred(text: string): string {
  return text
    .replace(/p_(demo|default)\([^)]*\)/, "p_…(…)")
    .replace("Secret default/", "Secret demo/")
    .replace(/(failed to pull and unpack image "[^"]*"): .*/, "$1: …");
}
