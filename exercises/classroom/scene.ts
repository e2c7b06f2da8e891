/**
 * Where a scenario plays: a cluster of its own, and the verbs to act on it and to say what is expected. Each verb that
 * is disappointed throws a Mismatch. Nothing here waits for a fixed time; what is waited for is a condition, and patience
 * only limits how long.
 */
import { isDeepStrictEqual } from "node:util";
import type { Cluster, KubernetesObject, VirtualClock } from "k4s";
import { type Finding, Mismatch } from "./mismatch.ts";
import { namesIn, show, showError } from "./show.ts";

/** Threads may start slowly on a busy machine, which is nobody's mistake. */
const leastStartMs = 10_000;

export interface SceneOptions {
  readonly cluster: Cluster;
  /** The text of exercise.yaml. */
  readonly manifest: string;
  /** The text of the learner's file. */
  readonly learners: string;
  readonly patienceMs: number;
  /** The clock of a check in virtual time. */
  readonly clock?: VirtualClock;
}

/** What an event says of an image that was told of before. */
const pullsLater = "Error: ImagePullBackOff";

/** How an ask ended. */
export type Outcome = { readonly reply: unknown } | { readonly error: unknown };

export class Scene {
  readonly cluster: Cluster;
  readonly manifest: string;
  readonly learners: string;
  readonly #patienceMs: number;
  readonly #clock: VirtualClock | undefined;

  constructor({ cluster, manifest, learners, patienceMs, clock }: SceneOptions) {
    this.cluster = cluster;
    this.manifest = manifest;
    this.learners = learners;
    this.#patienceMs = patienceMs;
    this.#clock = clock;
  }

  /** Applies a manifest, exercise.yaml unless another is given, and waits until all of it runs. */
  async begin(manifest = this.manifest): Promise<void> {
    const objects = await this.cluster.apply(manifest);
    await this.ready(namesIn(objects));
  }

  /** Virtual time goes by. */
  async pass(seconds: number): Promise<void> {
    if (!this.#clock) throw new Error("scene.pass is for checks in virtual time");
    await this.#clock.advance(seconds * 1_000);
  }

  /** Applies the learner's file, where that is a manifest; what is wrong with it is told. */
  async applyLearners(): Promise<KubernetesObject[]> {
    const did = "applied your file";
    const objects = await this.cluster.apply(this.learners).catch(error => {
      const expected = "a manifest that Kubernetes takes";
      throw new Mismatch({ did, expected, happened: showError(error) });
    });
    if (objects.length === 0)
      throw new Mismatch({ did, expected: "objects to be declared", happened: "there are none in it" });
    return objects;
  }

  /** Waits until the present template of a workload is rolled out. */
  async rolledOut(ref: string, did: string): Promise<void> {
    await this.until(
      () => this.#rollout(ref),
      ({ done }) => done,
      { did, expected: `${ref} to be rolled out` },
      ({ message, troubles }) => [message, ...troubles].join("\n"),
    );
  }

  async #rollout(ref: string): Promise<{ done: boolean; message: string; troubles: string[] }> {
    const status = await this.cluster.rollout
      .status(ref)
      .catch(error => ({ done: false, message: showError(error) }));
    return { ...status, troubles: status.done ? [] : await this.troubles() };
  }

  /** What keeps pods from being ready, a line each: why one has no node, or why a container waits. */
  async troubles(): Promise<string[]> {
    const pods = await this.cluster.list("Pod");
    return pods.flatMap(({ metadata, status }) => {
      const unplaced = status?.conditions?.find(
        ({ type, status }) => type === "PodScheduled" && status === "False",
      );
      const waiting = status?.containerStatuses?.find(({ state }) => state?.waiting)?.state?.waiting;
      const why = unplaced ?? waiting;
      return why ? [`${metadata.name}: ${why.reason}: ${why.message ?? ""}`] : [];
    });
  }

  /** What could not be started is told, whatever has become of its pod since: a Job takes away those that failed. */
  async expectStarted(did: string): Promise<void> {
    const events = await this.cluster.list("Event");
    const failed = events.find(({ reason, message }) => reason === "Failed" && message !== pullsLater);
    if (!failed) return;
    const { involvedObject, message = "" } = failed;
    throw new Mismatch({
      did,
      expected: `${involvedObject.name} to start`,
      happened: message.replace(/^Error: /, "").replace(/^Failed to pull.*unpack image "[^"]*": /s, ""),
    });
  }

  /** Waits until everything that was applied runs, and every service has somebody to send to. */
  async ready(what = "everything"): Promise<void> {
    const did = `started ${what}`;
    await this.until(
      () => this.#unready(),
      waiting => waiting.length === 0,
      { did, expected: "all of it to run" },
      waiting => `not running yet: ${waiting.join(", ")}`,
      Math.max(this.#patienceMs, leastStartMs),
    );
  }

  /** Asks, and tells how it ended. */
  async ask(to: string, body: unknown): Promise<Outcome> {
    try {
      return { reply: await this.cluster.api.request(to, body, { timeoutMs: this.#patienceMs }) };
    } catch (error) {
      return { error };
    }
  }

  /** Asks, and hands back the reply; an error is not what was expected. */
  async reply<T = unknown>(to: string, body: unknown, expected = "a reply"): Promise<T> {
    const outcome = await this.ask(to, body);
    if ("reply" in outcome) return outcome.reply as T;
    throw new Mismatch({ did: asked(to, body), expected, happened: showError(outcome.error) });
  }

  /** Asks, and the reply must be this. */
  async expectReply(to: string, body: unknown, expected: unknown): Promise<void> {
    const wanted = `the reply ${show(expected)}`;
    const reply = await this.reply(to, body, wanted);
    this.expect(isDeepStrictEqual(reply, expected), {
      did: asked(to, body),
      expected: wanted,
      happened: `the reply ${show(reply)}`,
    });
  }

  /** Asks, and it must fail with an error for which `isRight` holds; `expected` says so in words. */
  async expectError(
    to: string,
    body: unknown,
    expected: string,
    isRight: (error: Error) => boolean,
  ): Promise<void> {
    const outcome = await this.ask(to, body);
    const happened = "reply" in outcome ? `the reply ${show(outcome.reply)}` : showError(outcome.error);
    const holds = "error" in outcome && outcome.error instanceof Error && isRight(outcome.error);
    this.expect(holds, { did: asked(to, body), expected, happened });
  }

  /** Sends without asking for a reply; resolves when it has arrived. */
  async send(to: string, body: unknown): Promise<void> {
    try {
      await this.cluster.api.send(to, body);
    } catch (error) {
      const did = `sent ${show(body)} to ${to}`;
      throw new Mismatch({ did, expected: "it to arrive", happened: showError(error) });
    }
  }

  /** The plainest verb: this holds, or that is what happened. */
  expect(holds: boolean, finding: Finding): void {
    if (!holds) throw new Mismatch(finding);
  }

  /** The same, for a value that must be equal to another. */
  expectEqual(happened: unknown, expected: unknown, did: string): void {
    this.expect(isDeepStrictEqual(happened, expected), {
      did,
      expected: show(expected),
      happened: show(happened),
    });
  }

  /** Looks again and again until what it sees is right, and hands that back. */
  async until<T>(
    look: () => Promise<T>,
    isRight: (seen: T) => boolean,
    finding: Omit<Finding, "happened">,
    describe: (seen: T) => string = show,
    patienceMs = this.#patienceMs,
  ): Promise<T> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const seen = await look();
      if (isRight(seen)) return seen;
      if (performance.now() > deadline) {
        const happened = `${describe(seen)}, after ${patienceMs / 1000} seconds of waiting`;
        throw new Mismatch({ ...finding, happened });
      }
      await aMoment();
    }
  }

  /** Ends a container's pod without asking it, as a power cut would; the cluster starts another one. */
  async kill(name: string): Promise<void> {
    const before = await this.cluster.get("Pod", name);
    await this.#cutOff(name);
    await this.until(
      () => this.cluster.get("Pod", name),
      pod => pod !== undefined && pod.metadata.uid !== before?.metadata.uid,
      { did: `killed the pod ${name}`, expected: "another one in its place" },
      pod => (pod ? "the old one is still there" : "there is none"),
    );
    await this.ready();
  }

  /** The same for good: the Container is gone too. */
  async destroy(name: string): Promise<void> {
    await this.cluster.delete("Container", name);
    await this.#cutOff(name);
  }

  async #cutOff(pod: string): Promise<void> {
    try {
      await this.cluster.delete("Pod", pod, { gracePeriodSeconds: 0 });
    } catch (error) {
      // Its node, or the garbage collector, was faster: it is gone, and that was the point.
      if ((error as { reason?: unknown }).reason !== "NotFound") throw error;
    }
  }

  /** How often a container was started again because its function ended. */
  async expectNoRestart(name: string, did: string): Promise<void> {
    const pod = await this.cluster.get("Pod", name);
    const status = pod?.status?.containerStatuses?.[0];
    this.expect(status?.restartCount === 0, {
      did,
      expected: `${name} to go on working`,
      happened: `it was started again ${status?.restartCount ?? "?"} times: ${show(status?.lastState?.terminated?.message ?? "its function ended")}`,
    });
  }

  async #unready(): Promise<string[]> {
    const { cluster } = this;
    const [containers, sets, services, slices] = await Promise.all([
      cluster.list("Container"),
      cluster.list("ReplicaSet"),
      cluster.list("Service"),
      cluster.list("EndpointSlice"),
    ]);
    await this.#expectNoTrouble();
    const waiting: string[] = [];
    for (const { metadata, status } of containers) {
      const isCurrent = status?.observedGeneration === metadata.generation;
      if (!isCurrent || !status?.ready) waiting.push(`Container ${metadata.name}`);
    }
    for (const { metadata, spec, status } of sets) {
      if (status?.readyReplicas !== (spec.replicas ?? 1)) waiting.push(`ReplicaSet ${metadata.name}`);
    }
    for (const { metadata } of services) {
      const endpoints = slices
        .filter(slice => slice.metadata.labels?.["kubernetes.io/service-name"] === metadata.name)
        .flatMap(slice => slice.endpoints ?? [])
        .filter(endpoint => endpoint.conditions?.ready !== false);
      if (endpoints.length === 0) waiting.push(`Service ${metadata.name}`);
    }
    return waiting;
  }

  /** What cannot start will not start by waiting. */
  async #expectNoTrouble(): Promise<void> {
    for (const { metadata, status } of await this.cluster.list("Pod")) {
      // One that was asked to end does so: that is no mistake.
      if (metadata.deletionTimestamp !== undefined) continue;
      const { state, lastState } = status?.containerStatuses?.[0] ?? {};
      const ended = state?.terminated ?? lastState?.terminated;
      const waiting = state?.waiting;
      const cannotStart = waiting?.reason !== undefined && waiting.reason !== "ContainerCreating";
      if (!cannotStart && !state?.terminated) continue;
      throw new Mismatch({
        did: "started everything",
        expected: `${metadata.name} to run and wait for messages`,
        happened: whyNotRunning(waiting, ended),
      });
    }
  }
}

/** The states that a container's status shows, as far as they say why. */
interface Waiting {
  readonly reason?: string;
  readonly message?: string;
}
interface Ended {
  readonly exitCode?: number;
  readonly message?: string;
}

function whyNotRunning(waiting: Waiting | undefined, ended: Ended | undefined): string {
  if (waiting?.reason?.includes("ImagePull")) {
    return `the file cannot be loaded (${waiting.reason})\n${waiting.message?.replace(/^.*unpack image "[^"]*": /s, "")}`;
  }
  const facts = [waiting?.reason, waiting?.message, ended && howItEnded(ended)];
  return [...new Set(facts.filter(Boolean))].join("\n");
}

function howItEnded({ exitCode, message }: Ended): string {
  if (message) return message;
  return exitCode === 0
    ? "its function came to its end (exit code 0): does it loop over the inbox?"
    : `it ended with exit code ${exitCode}`;
}

export function asked(to: string, body: unknown): string {
  return `asked ${to} with ${show(body)}`;
}

/** Between two looks. */
function aMoment(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 10));
}
