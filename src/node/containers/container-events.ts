/** The events of one container, in the kubelet's words: one method for each thing that is worth an event. */
import type { HealingAct } from "../../loop/index.ts";
import type { ImageError } from "../images/index.ts";
import type { Tell } from "./dependencies.ts";
import type { ContainerRole, OwningPod } from "./owning-pod.ts";
import type { ProbeKind } from "./probes.ts";
import { durationText } from "./restarts.ts";

type EventType = Parameters<Tell>[1];

/** Where a container stands in its pod's spec. */
const listOf: Readonly<Record<ContainerRole, string>> = {
  init: "initContainers",
  sidecar: "initContainers",
  main: "containers",
  ephemeral: "ephemeralContainers",
};

export class ContainerEvents {
  readonly #pod: OwningPod;
  readonly #tell: Tell;
  readonly #container: string;
  readonly #list: string;

  constructor(pod: OwningPod, tell: Tell, container: string, role: ContainerRole) {
    this.#pod = pod;
    this.#tell = tell;
    this.#container = container;
    this.#list = listOf[role];
  }

  noRuntime(problem: string): void {
    this.tell("Warning", "FailedCreatePodSandBox", `Failed to create pod sandbox: ${problem}`);
  }

  imageIsPresent(image: string): void {
    const message = `Container image "${image}" already present on machine and can be accessed by the pod`;
    this.tell("Normal", "Pulled", message);
  }

  pulling(image: string): void {
    this.tell("Normal", "Pulling", `Pulling image "${image}"`);
  }

  /** @param took as Kubernetes writes a duration */
  pulled(image: string, took: string, size: number): void {
    const times = `in ${took} (${took} including waiting)`;
    const message = `Successfully pulled image "${image}" ${times}. Image size: ${size} bytes.`;
    this.tell("Normal", "Pulled", message);
  }

  /** So that nobody takes it for the real thing. */
  pretends(image: string): void {
    this.tell(
      "Normal",
      "Pulled",
      `Image "${image}" is unknown: its container pretends to run, as hollow ones do`,
    );
  }

  pullFailed(image: string, { reason, message }: ImageError): void {
    if (reason === "ErrImagePull") {
      this.tell("Warning", "Failed", `Failed to pull image "${image}": ${message}`);
    } else this.tell("Warning", reason === "InvalidImageName" ? "InspectFailed" : reason, message);
    this.failed(reason);
  }

  created(): void {
    this.tell("Normal", "Created", "Container created");
  }

  /** Kubernetes has no such case: an environment always belongs to a process. */
  variablesWithoutEffect(names: readonly string[]): void {
    const what = `Environment variables [${names.join(" ")}] have no effect in a thread: Node reads them once per process`;
    const cure = `With runtimeClassName: process, container ${this.#container} has a process of its own`;
    this.tell("Warning", "IneffectiveEnvironmentVariables", `${what}. ${cure}`);
  }

  /** @param isAgain whether it has run before in this pod */
  started(isAgain: boolean): void {
    this.tell("Normal", "Started", "Container started", isAgain ? "restart" : undefined);
  }

  /** Kubernetes tells of each failure; that they go on in one place, and what can be done, is ours. */
  keepsFailing(times: number, withinMs: number, exitCode: number): void {
    const { name } = this.#pod.pod().metadata;
    const { nodeName } = this.#pod.pod().spec;
    const what = `Container ${this.#container} has failed ${times} times within ${durationText(Math.ceil(withinMs / 1_000) * 1_000)} on ${nodeName}, the last time with exit code ${exitCode}`;
    const why = `A pod stays on its node: see what it printed (kubectl logs ${name} -c ${this.#container} --previous), or delete the pod to have it placed anew`;
    this.tell("Warning", "KeepsFailing", `${what}. ${why}`);
  }

  /** The container could not be created, or did not start. */
  failed(problem: string): void {
    this.tell("Warning", "Failed", `Error: ${problem}`);
  }

  unhealthy(kind: ProbeKind, problem: string): void {
    this.tell("Warning", "Unhealthy", `${kind} probe failed: ${problem}`);
  }

  /** It could not be asked, which says nothing of the container. */
  unasked(kind: ProbeKind, problem: string): void {
    this.tell("Warning", "Unhealthy", `${kind} probe errored and resulted in unknown state: ${problem}`);
  }

  probeWarning(kind: ProbeKind, warning: string): void {
    this.tell("Warning", "ProbeWarning", `${kind} probe warning: ${warning}`);
  }

  /** Without what it has said: that may be secret, and everyone who sees the namespace sees its events. */
  hookFailed(hook: "PostStartHook" | "PreStopHook"): void {
    this.tell("Warning", `Failed${hook}`, `${hook} failed`);
  }

  killing(why: string): void {
    this.tell("Normal", "Killing", why);
  }

  /**
   * Kubernetes says nothing about this, and beginners ask why: one sentence more than the kubelet's, of pods that a Container
   * stands for.
   */
  returned(): void {
    if (!this.#pod.pod().metadata.ownerReferences?.some(({ kind }) => kind === "Container")) return;
    const what = `Container ${this.#container} ended by itself with exit code 0, and restartPolicy Always starts it again`;
    const cure = "A function ends its container by returning; one that is to go on loops over its inbox";
    this.tell("Normal", "Completed", `${what}. ${cure}`);
  }

  tell(type: EventType, reason: string, message: string, heals?: HealingAct): void {
    this.#tell(this.#pod.pod(), type, reason, message, `spec.${this.#list}{${this.#container}}`, heals);
  }
}
