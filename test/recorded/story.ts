/**
 * Plays a story that was recorded from a real Kubernetes (`../shared/kubernetes-1.35/stories`) on a whole cluster in virtual
 * time whose containers pretend, and tells what came of it (outcome.ts). What a kubelet tells of containers is left to src/node/pods/pod-stories.test.ts.
 */
import { setImmediate } from "node:timers/promises";
import {
  type AdmissionPlugin,
  Cluster,
  controller,
  type KubernetesObject,
  seededRandom,
  settled,
  VirtualClock,
} from "k4s";
import { conditionLines, conditionsOf, eventLines, hashesOf, type Outcome, objectLines } from "./outcome.ts";
import type { Awaited, Data, RecordedEvent, Step, Story } from "./recording.ts";

/** What the containers of the stories do, by image, as annotations for the runtime that pretends. */
const behaviours: Readonly<Record<string, Record<string, string>>> = {
  "registry.test/exit0:v1": { "k4s.dev/hollow-exit-after": "1s:0" },
  "registry.test/exit1:v1": { "k4s.dev/hollow-exit-after": "1s:1" },
  "registry.invalid/nothing:v9": { "k4s.dev/hollow-start-failure": "there is no such image" },
  "registry.test/echo:v1": { "k4s.dev/hollow-stop-after": "1s" },
  "registry.test/echo:v2": { "k4s.dev/hollow-stop-after": "1s" },
};

const behaving: AdmissionPlugin = {
  name: "StoryBehaviour",
  on: [{ operations: ["CREATE"], kinds: ["Pod"] }],
  mutate(object) {
    const { metadata, spec } = object as typeof object & { readonly spec: { containers: Data[] } };
    const [container] = spec.containers;
    const index = metadata.annotations?.["batch.kubernetes.io/job-completion-index"];
    const given = container?.command
      ? { "k4s.dev/hollow-exit-after": `1s:${index}` }
      : behaviours[String(container?.image)];
    return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...given } } };
  },
};

/** What becomes of the story here. */
export async function played(story: Story): Promise<Outcome> {
  const clock = new VirtualClock();
  const events: RecordedEvent[] = [];
  // They are told when they come: with their namespace they go.
  const listener = controller<"Event">({
    kind: "Event",
    name: "story-listener",
    wokenBy: [],
    async reconcile(event) {
      // The nodes of the recorded cluster had come long before.
      if (event.involvedObject.kind !== "Node") events.push(eventOf(event as unknown as Data));
      return settled;
    },
  });
  const cluster = new Cluster({
    ...{ clock, runtime: "hollow", nodes: 2, resyncMs: 60_000 },
    random: seededRandom(1),
    restartBackOff: { initialMs: 10_000 },
    admission: { plugins: [behaving] },
    controllers: [listener],
  });
  /** Resolves when the work is done, which the clock does not move for. */
  const done = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    const ended = () => {
      isDone = true;
    };
    work.then(ended, ended);
    while (!isDone) {
      await clock.settle();
      await setImmediate();
    }
    return work;
  };
  const list = async (kind: string): Promise<readonly KubernetesObject[]> =>
    (await done(cluster.list(kind))).filter(({ metadata: { name, namespace } }) =>
      kind === "Namespace" ? name === "demo" : namespace === undefined || namespace === "demo",
    );

  await done(cluster.start());
  try {
    const { url } = await done(cluster.serve({ tls: false }));
    const send = ({ method, path, headers, body }: NonNullable<Step["request"]>) =>
      done(
        fetch(url + path, {
          method,
          headers: { "content-type": "application/json", ...headers },
          ...(body && { body: JSON.stringify(body) }),
        }).then(async answer => ({ status: answer.status, text: await answer.text() })),
      );
    if (story.name !== "namespace-create") {
      const demo = { apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } };
      await send({ method: "POST", path: "/api/v1/namespaces", body: demo });
      await clock.advance(1_000);
    }
    const before = cluster.history().at(-1)?.revision ?? 0;
    const answers: string[] = [];
    let meant: string | undefined;
    for (const step of story.steps) {
      // Events are written a moment after they happened.
      await clock.advance(100);
      if (step.request) {
        if (step.on?.includes("pod")) meant ??= await podOf(step.on, await list("Pod"));
        const text = JSON.stringify(step.request)
          .replaceAll(/[\w-]+-<suffix-\d>/g, () => meant ?? "?")
          .replaceAll("node-1", "node-0")
          .replaceAll("node-2", "node-1");
        const { status, text: answer } = await send(JSON.parse(text));
        if (status !== step.status) answers.push(`${step.request.path}: ${status} ${answer}`);
      }
      await waitFor(step.wait ?? "0 seconds", clock, list);
    }
    await clock.advance(1_000);
    const kinds = new Set(story.changes.map(({ kind }) => kind));
    const changes = cluster.history({ after: before }).filter(({ key }) => kinds.has(key.kind));
    const hashes = hashesOf(changes.map(({ object }) => object));
    const left = (await Promise.all([...kinds].map(list))).flat();
    return {
      answers,
      events: eventLines(events, hashes),
      conditions: conditionLines(
        changes.map(({ key, type, object }) => ({
          ...{ type, kind: key.kind, name: key.name },
          conditions: conditionsOf(object as unknown as Data),
        })),
        hashes,
      ),
      settled: objectLines(
        left.map(object => ({
          kind: object.kind,
          name: object.metadata.name,
          object: object as unknown as Data,
        })),
        hashes,
      ),
    };
  } finally {
    await done(cluster.stop());
  }
}

/** The pod that a step is about: `the first pod`, `the pod on node-2`. */
async function podOf(on: string, pods: readonly KubernetesObject[]): Promise<string | undefined> {
  const isMeant = ({ spec }: Data) => !on.includes("node-2") || (spec as Data).nodeName === "node-1";
  return pods.find(pod => isMeant(pod as unknown as Data))?.metadata.name;
}

/** Lets time pass: so many seconds, or until it is as the story waits for it. */
async function waitFor(
  awaited: string | Awaited,
  clock: VirtualClock,
  list: (kind: string) => Promise<readonly KubernetesObject[]>,
): Promise<void> {
  if (typeof awaited === "string") return clock.advance(Number.parseFloat(awaited) * 1_000);
  // Containers that pretend need no image.
  if (awaited.equals === "ErrImagePull") return clock.advance(2_000);
  const { kind, name, field, equals, gone, count } = awaited;
  const [start = "", end] = name.split("*");
  const isMeant = ({ metadata }: KubernetesObject) =>
    end === undefined ? metadata.name === name : metadata.name.startsWith(start);
  for (let waited = 0; waited < 400; waited++) {
    await clock.settle();
    const found = (await list(kind)).filter(
      each => isMeant(each) && (field === undefined || holds(fieldAt(each, field), equals)),
    );
    if (gone ? found.length === 0 : count === undefined ? found.length > 0 : found.length === count) return;
    await clock.advance(500);
  }
  throw new Error(`it did not come to ${JSON.stringify(awaited)}`);
}

function holds(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return value === wanted;
  return Object.entries(wanted).every(([name, each]) => (value as Data | undefined)?.[name] === each);
}

/** `status.conditions[Ready].status`: lists are looked through for a type or a name. */
function fieldAt(object: unknown, path: string): unknown {
  return path.split(/[.[]/).reduce((value: unknown, part) => {
    const name = part.replace("]", "");
    if (Array.isArray(value)) return value.find(item => item.type === name || item.name === name);
    return (value as Data | undefined)?.[name];
  }, object);
}

function eventOf({ type, reason, message, involvedObject, source, reportingComponent }: Data): RecordedEvent {
  const { kind, name } = involvedObject as Data;
  const from = (source as Data | undefined)?.component ?? reportingComponent;
  return { type, reason, message, about: `${kind}/${name}`, from } as RecordedEvent;
}
