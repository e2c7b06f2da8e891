/**
 * Plays a story that was recorded from a real Kubernetes (`../shared/kubernetes-1.35/stories`) on a whole cluster in virtual
 * time whose containers pretend, and tells what differs in the end: the objects that are there, the events, and through which
 * conditions each object came. What a kubelet tells of containers is left to src/node/pods/pod-stories.test.ts.
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

type Data = Record<string, unknown>;

export interface Story {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly changes: readonly RecordedChange[];
  readonly events: readonly RecordedEvent[];
  readonly settled: readonly { readonly kind: string; readonly name: string; readonly object: Data }[];
}

interface Step {
  readonly on?: string;
  readonly status?: number;
  readonly request?: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Data;
  };
  readonly wait?: string | Awaited;
}

interface Awaited {
  readonly kind: string;
  /** With `*` for what is not known of it. */
  readonly name: string;
  readonly field?: string;
  readonly equals?: unknown;
  readonly count?: number;
  readonly gone?: boolean;
  readonly exists?: boolean;
}

interface RecordedChange {
  readonly type: string;
  readonly kind: string;
  readonly name: string;
  readonly object?: Data;
  readonly set?: Data;
}

interface RecordedEvent {
  readonly type: string;
  readonly reason: string;
  readonly about: string;
  readonly from: string;
  readonly message: string;
}

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

/** What came of a story, as lines that can be compared. */
export interface Outcome {
  /** Answers that had another status than the recorded one. */
  readonly answers: readonly string[];
  readonly events: readonly string[];
  /** Through which statuses and reasons the conditions of each object came. */
  readonly conditions: readonly string[];
  /** The objects that are there in the end, pods without what a kubelet says of their containers. */
  readonly settled: readonly Data[];
}

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
      events.push(eventOf(event as unknown as Data));
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

/** What became of it in the real Kubernetes. */
export function recordedOutcome({ changes, events, settled }: Story): Outcome {
  return {
    answers: [],
    events: eventLines(events, []),
    conditions: conditionLines(
      changes.map(change => ({ ...change, conditions: recordedConditions(change) })),
      [],
    ),
    settled: objectLines(settled, []),
  };
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

function eventLines(events: readonly RecordedEvent[], hashes: Hashes): string[] {
  const lines = events
    .filter(({ from }) => from !== "kubelet")
    .map(({ type, reason, about, from, message }) => `${type} ${reason} ${about} ${from}: ${message}`);
  return [...new Set(lines.map(line => blurred(line, hashes)))].sort();
}

interface Conditions {
  readonly type: string;
  readonly kind: string;
  readonly name: string;
  readonly conditions: readonly Data[];
}

function conditionsOf({ status }: Data): readonly Data[] {
  return ((status as Data | undefined)?.conditions ?? []) as readonly Data[];
}

function recordedConditions({ object = {}, set = {} }: RecordedChange): readonly Data[] {
  const changed = Object.entries(set).flatMap(([path, value]) => {
    const [, type] = /^status\.conditions\[(\w+)\]$/.exec(path) ?? [];
    return type ? [{ type, ...(value as Data) }] : [];
  });
  return [...conditionsOf(object), ...((set["status.conditions"] ?? []) as readonly Data[]), ...changed];
}

function conditionLines(changes: readonly Conditions[], hashes: Hashes): string[] {
  const lines = new Map<string, string[]>();
  for (const { kind, name, type, conditions } of changes) {
    if (kind === "Pod" || kind === "Node" || type === "DELETED") continue;
    for (const condition of conditions) {
      const line = lines.get(`${kind}/${name} ${condition.type}`) ?? [];
      lines.set(`${kind}/${name} ${condition.type}`, line);
      const now = [condition.status, condition.reason].filter(Boolean).join(" ");
      if (line.at(-1) !== now) line.push(now);
    }
  }
  return [...lines].map(([about, line]) => blurred(`${about}: ${line.join(", ")}`, hashes)).sort();
}

/** What is left to other tests, or differs from run to run: defaults of pods, times, revisions, data. */
const leftOut =
  /^(?:template|jobTemplate|data|ownerReferences|resourceVersion|managedFields|uid|creationTimestamp|lastTransitionTime|lastUpdateTime|lastProbeTime)$|^k4s\.dev\/|last-applied-configuration$/;

function objectLines(objects: Story["settled"], hashes: Hashes): Data[] {
  const shown = objects
    // What is there by nature is in no recording.
    .filter(({ kind, name }) => kind !== "Node" && name !== "kube-root-ca.crt" && !name.startsWith("system-"))
    .map(({ kind, name, object }) => {
      const {
        metadata: { labels, annotations = {}, generation, finalizers } = {},
        spec,
        status,
      } = object as Record<string, Data | undefined>;
      const whole = { kind, name, metadata: { labels, annotations, generation, finalizers }, spec, status };
      return kind === "Pod" ? { ...whole, spec: undefined, status: { phase: status?.phase } } : whole;
    });
  const texts = shown.map(each =>
    JSON.stringify(each, (key, value) => {
      // A null is what Go prints where there is nothing, for clients only.
      if (leftOut.test(key) || value === null) return undefined;
      return /[tT]ime(?:stamp)?$/.test(key) && typeof value === "string" ? "…" : value;
    }),
  );
  return texts
    .map(text => JSON.parse(blurred(text, hashes)))
    .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

type Hashes = readonly string[];

function hashesOf(objects: readonly KubernetesObject[]): Hashes {
  const labels = ["pod-template-hash", "controller-revision-hash", "controller.kubernetes.io/hash"];
  const found = objects.flatMap(({ metadata }) => labels.map(label => metadata.labels?.[label] ?? ""));
  return [...new Set(found)].filter(Boolean).sort((one, other) => other.length - one.length);
}

/** What is another one in every run: hashes, the ends of names, uids, addresses, nodes. */
function blurred(text: string, hashes: Hashes): string {
  let left = text;
  // The longer first: one may be within another.
  for (const hash of hashes) left = left.replaceAll(hash, "<hash>");
  return left
    .replaceAll(/<hash-\d+>|(?:db-)?<revision-\d+>/g, "<hash>")
    .replaceAll(/<suffix-\d+>/g, "<suffix>")
    .replaceAll(/<minute-\d+>|\b\d{8}\b/g, "<minute>")
    .replaceAll(
      /(-<hash>|\b(?:rs|work|work-\d|web|agent|tick-<minute>))-[a-z0-9]{5}(?![a-z0-9-])/g,
      "$1-<suffix>",
    )
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uid>")
    .replaceAll(/\bnode-[0-2]\b/g, "<node>")
    .replaceAll(/\b\d+\.\d+\.\d+\.\d+\b/g, "<ip>");
}
