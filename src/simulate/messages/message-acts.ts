/** What is done, and what goes wrong, in a play of messages. */
import type { Faults } from "../faults.ts";
import { type Act, faultAct, lasting, oneOf, pick } from "../steps/step.ts";
import type { MessageProcess } from "./message-process.ts";
import type { PlayedCarriers } from "./played-carrier.ts";

export interface MessageStage {
  readonly faults: Faults;
  readonly carriers: PlayedCarriers;
  /** Those that run; the first is the control plane's. */
  readonly processes: readonly MessageProcess[];
  readonly pods: readonly string[];
  /** From a container of that process, or from the program that runs the cluster. */
  request(from: MessageProcess, to: string, timeoutMs: number): void;
  send(from: MessageProcess, to: string): void;
  /** A pod's container is asked to end, or killed; it is started again. */
  replace(pod: string, isAsked: boolean): boolean;
  crash(process: MessageProcess, downMs: number): void;
  later(ms: number, act: () => void): void;
}

function act(name: string, weight: number, play: Act<MessageStage>["play"]): Act<MessageStage> {
  return { name, weight, isFault: false, play };
}

const fault = faultAct<MessageStage>;

export const messageUsers: readonly Act<MessageStage>[] = [
  act("requests to a Service", 20, (stage, random) => {
    const from = pick(stage.processes, random);
    const count = 1 + random.below(20);
    const timeoutMs = oneOf(random, 30_000, 30_000, 2_000);
    for (let n = 0; from && n < count; n++) stage.request(from, "calc", timeoutMs);
    return from && `${count} requests from ${from.name} to calc`;
  }),
  act("requests to a pod", 10, (stage, random) => {
    const from = pick(stage.processes, random);
    const pod = pick(stage.pods, random);
    const count = 1 + random.below(10);
    for (let n = 0; from && n < count; n++) stage.request(from, `pod/${pod}`, 30_000);
    return from && `${count} requests from ${from.name} to ${pod}`;
  }),
  act("sends to a pod", 10, (stage, random) => {
    const from = pick(stage.processes, random);
    const pod = pick(stage.pods, random);
    const count = 1 + random.below(40);
    for (let n = 0; from && n < count; n++) stage.send(from, `pod/${pod}`);
    return from && `${count} messages from ${from.name} to ${pod}`;
  }),
  act("a pod is replaced", 6, (stage, random) => {
    const pod = pick(stage.pods, random) ?? "";
    return stage.replace(pod, true) ? `${pod} is asked to stop` : undefined;
  }),
];

export const messageFaults: readonly Act<MessageStage>[] = [
  fault("a container is killed", 6, (stage, random) => {
    const pod = pick(stage.pods, random) ?? "";
    return stage.replace(pod, false) ? `${pod} is killed` : undefined;
  }),
  fault("crash of a node's process", 4, (stage, random) => {
    const process = pick(stage.processes, random);
    const downMs = 100 + random.below(20_000);
    if (!process) return undefined;
    stage.crash(process, downMs);
    return `SIGKILL of ${process.name}, which is started again after ${downMs} ms`;
  }),
  fault("halt of a node's process", 4, (stage, random) => {
    const process = pick(stage.processes, random);
    const forMs = 500 + random.below(20_000);
    if (!process || process.clock.isHalted) return undefined;
    process.clock.halt();
    stage.later(forMs, () => process.clock.goOn());
    return `SIGSTOP of ${process.name} for ${forMs} ms`;
  }),
  fault("no carrier", 4, (stage, random) => {
    const forMs = 500 + random.below(15_000);
    if (stage.carriers.isAway) return undefined;
    stage.carriers.goAway();
    stage.later(forMs, () => stage.carriers.comeBack());
    return `nothing carries packets for ${forMs} ms`;
  }),
  lasting("lost packet", 6, [0.02, 0.2, 0.7]),
  lasting("repeated packet", 4, [0.1, 0.8]),
  lasting("late packet", 6, [0.02, 0.3]),
];
