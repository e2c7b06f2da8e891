/**
 * What a runtime is given to start an instance of a container: its command, environment, files and user, as the container and its
 * image say; and the port by which the instance is on the network.
 */
import { type Pod, type PodContainer, quantityToNumber } from "../../resources/index.ts";
import { type Code, innerPath, type Self } from "../../worker/index.ts";
import type { Runtime } from "../runtimes/index.ts";
import { ContainerOutput } from "../streams/index.ts";
import type { InstanceFacts } from "./container-status.ts";
import type { ContainerDependencies } from "./dependencies.ts";
import { isToComplete } from "./ending-rules.ts";
import { environmentOf, expand } from "./environment.ts";
import { hostnameOf } from "./hostname.ts";
import { Instance } from "./instance.ts";
import type { ContainerRole, OwningPod } from "./owning-pod.ts";
import { podNamesOf } from "./pod-names.ts";
import { withoutEffect } from "./process-variables.ts";
import { serviceVariables } from "./service-variables.ts";
import { machineUser, mustNotBeRoot, shownUser, userOf } from "./user.ts";
import { whatToRun } from "./what-to-run.ts";

export interface InstanceOptions {
  readonly spec: PodContainer;
  readonly code: Code;
  readonly runtime: Runtime;
  readonly role: ContainerRole;
  readonly restarts: number;
  readonly pod: OwningPod;
  readonly dependencies: ContainerDependencies;
}

/**
 * Starts an instance, and attaches it to the network. Throws a ConfigError, and has started nothing, where the spec names an
 * object that does not exist, or asks for what its image is not.
 */
export function createInstance(options: InstanceOptions): Instance {
  const { spec, code, runtime, role, restarts, pod, dependencies } = options;
  const { metadata } = pod.pod();
  const { namespace = "default", name, uid, annotations = {} } = metadata;
  const own = environment(options);
  mustNotBeRoot(pod.pod(), spec, code.config);
  const volumes = pod.volumesOf(spec, text => expand(text, own), code.config ? "its own" : "the machine's");
  const env = { ...volumes.env, ...own };
  const memoryBytes = memoryLimitOf(spec);
  const output = new ContainerOutput();
  const what = whatToRun(spec, code);
  const asMachine = runtime.runsImages ? machineUser() : undefined;
  const user = code.config ? userOf(pod.pod(), spec, code.config) : asMachine;
  const command = what.command?.map(word => expand(word, env));
  const args = what.command ? [] : what.args.map(arg => expand(arg, env));
  const words = command ?? ["node", code.named ?? code.filename, ...args];
  const ownProcess = { command: words.join(" "), isOwn: true };
  const others = pod.processesFor(spec);
  const { network, clock, ports } = dependencies;
  const running = runtime.start({
    code,
    functionName: what.command ? undefined : what.functionName,
    args,
    main: command && { command, tty: spec.tty === true, processes: others && [...others, ownProcess] },
    sockets: {
      prefix: ports.prefix,
      podIP: pod.podIP(),
      ...(network && { uid }),
      hostname: hostnameOf(pod.pod()),
      names: podNamesOf(pod.pod()),
    },
    mounts: volumes.mounts,
    workingDir: spec.workingDir,
    user: code.config && user,
    env,
    self: selfOf(pod.pod(), spec, restarts),
    stdin: spec.stdin === true,
    memoryBytes,
    isToComplete: isToComplete(role, pod.pod()),
    annotations,
    onInner: () => network?.expectInner(innerPath(ports.prefix), ports.prefix),
    output: pieces => output.add(pieces),
  });
  const { copies } = runtime;
  const account = pod.pod().spec.serviceAccountName ?? "default";
  const who = { namespace, pod: name, uid, account, container: spec.name };
  const identity = { ...who, copies, memoryBytes, farewells: ports.prefix };
  const { id: containerID, control } = running;
  const attachment = control && network?.attach(identity, control);
  if (!network) control?.close();
  const digest = code.digest && `sha256:${code.digest}`;
  const imageID = code.config ? `${code.config.source}@${digest}` : digest;
  const facts: InstanceFacts = {
    restartCount: restarts,
    imageID,
    containerID,
    ...(runtime.runsImages && user && { user: shownUser(user) }),
  };
  // A worker function says by its error why it ended. To read a file first would take a moment, in which requests find it neither there
  // nor gone.
  const terminationLog = command && volumes.terminationLog;
  const { release } = volumes;
  return new Instance({
    command: ownProcess.command,
    spec,
    pod,
    facts,
    clock,
    ports,
    running,
    attachment,
    output,
    terminationLog,
    withoutEffect: runtime.runsImages && !copies ? withoutEffect(own, process.env) : [],
    release,
  });
}

function environment({ spec, code, runtime, pod, dependencies }: InstanceOptions): Record<string, string> {
  const { store } = dependencies.registry;
  const { metadata, spec: podSpec } = pod.pod();
  const own = environmentOf(spec, {
    pod: pod.pod(),
    podIP: pod.podIP(),
    hostIP: pod.hostIP(),
    allocatable: store.get("Node", "", podSpec.nodeName ?? "")?.status?.allocatable ?? {},
    lookup: (kind, name) => store.get(kind, metadata.namespace ?? "", name),
    volumePath: name => pod.volumePath(name),
    services: runtime.runsImages ? serviceVariables(pod.pod(), store, routes(code)) : {},
    outside: outsideOf(code, runtime),
  });
  return { ...code.config?.env, ...own };
}

/** Whether its programs are those of a shell, which know cluster IPs; what node runs connects by itself. */
function routes({ config }: Code): boolean {
  return config !== undefined && config.name !== "node";
}

/** An image of the catalogue says itself where programs are, and its home is not that of the machine's user. */
function outsideOf({ config }: Code, { runsImages }: Runtime): Readonly<Record<string, string | undefined>> {
  if (!runsImages) return {};
  // What Node itself cannot do without on Windows.
  return config ? { SystemRoot: process.env.SystemRoot } : process.env;
}

function selfOf({ metadata, spec }: Pod, { name: container }: PodContainer, restarts: number): Self {
  const { name, namespace = "default", labels = {} } = metadata;
  return { name, namespace, node: spec.nodeName ?? "", labels, restarts, pod: name, container };
}

function memoryLimitOf({ resources }: PodContainer): number | undefined {
  const limit = resources?.limits?.memory;
  return limit === undefined ? undefined : quantityToNumber(limit);
}
