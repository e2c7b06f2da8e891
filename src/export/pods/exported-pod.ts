/**
 * The spec of a pod as another cluster takes it: without what k4s' scheduler, admission and node have put there, with the images that are
 * built from the folders, and with what the runtime has to know in variables.
 */
import { whatToRun } from "../../node/index.ts";
import { type JsonMap, quantityToNumber } from "../../resources/index.ts";
import { variables } from "../agreed/index.ts";
import type { ExportedImage } from "../images/index.ts";
import type { Notes } from "../notes.ts";
import { listAt, mapAt, textAt, textsAt, without } from "../objects/index.ts";
import { askedOverHttp, isAsked, probeNames } from "./probes.ts";

/** What a pod of this template is to others. */
export interface PodPlace {
  /** As notes name it: `Deployment shop/web`. */
  readonly about: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The Services that select it; `first=db-0` where only one pod of the set is meant. */
  readonly services: readonly string[];
  /** As what k4s knew it, where that is not what its pods are called. */
  readonly name: string | undefined;
  /** The name of the Secret that says where NATS is, and what stands in it. */
  readonly natsSecret: string;
  readonly natsKeys: readonly string[];
  /** It is a pod, and no template of pods. */
  readonly isBare: boolean;
  readonly images: ReadonlyMap<string, ExportedImage>;
  readonly notes: Notes;
}

const ownRuntimes: ReadonlySet<string> = new Set(["thread", "process", "hollow"]);
/** By the keys of the Secret. */
const natsVariables: Readonly<Record<string, string>> = {
  url: variables.nats,
  "ca.crt": variables.natsCa,
  "tls.crt": variables.natsCert,
  "tls.key": variables.natsKey,
  "user.creds": variables.natsCreds,
};
const firstPort = 19_080;
/** A process of Node takes about this much before it does anything, in bytes. */
const leastMemory = 64 * 1024 * 1024;

/** Whether the pods of this spec run worker functions, so that they need a NATS server. */
export function runsWorkers(spec: JsonMap, images: ReadonlyMap<string, ExportedImage>): boolean {
  return containersIn(spec).some(container =>
    isWorker(container, images.get(textAt(container, "image") ?? "")),
  );
}

export function containersIn(spec: JsonMap): readonly JsonMap[] {
  return [...listAt(spec, "initContainers"), ...listAt(spec, "containers")];
}

export function exportedPodSpec(spec: JsonMap, place: PodPlace): JsonMap {
  const { about, notes } = place;
  const runtime = textAt(spec, "runtimeClassName");
  const isOwnRuntime = runtime !== undefined && ownRuntimes.has(runtime);
  if (runtime === "hollow")
    notes.add(
      about,
      "runtimeClassName hollow: it only pretended to run; elsewhere its image really has to be there",
    );
  // That of a bare pod its scheduler may have chosen.
  if (spec.nodeName && !place.isBare)
    notes.add(
      about,
      `nodeName ${spec.nodeName}: nodes have other names elsewhere, so its scheduler chooses one`,
    );
  const scheduler = textAt(spec, "schedulerName");
  if (scheduler !== undefined && scheduler !== "default-scheduler")
    notes.add(about, `schedulerName ${scheduler}: a scheduler of that name has to run there`);
  tellOfVolumes(spec, place);
  const tokens = listAt(spec, "volumes").flatMap(volume => (isAdmissions(volume) ? [volume.name] : []));
  const used = new Set(
    containersIn(spec).flatMap(each => listAt(each, "ports").map(({ containerPort }) => containerPort)),
  );
  let port = firstPort;
  const nextPort = () => {
    while (used.has(port)) port++;
    return port++;
  };
  const exported = (container: JsonMap) =>
    exportedContainer(withoutTokens(container, tokens), spec, place, nextPort);
  const fields: Record<string, JsonMap[string]> = {
    ...without(
      spec,
      "nodeName",
      "serviceAccount",
      ...(isOwnRuntime ? ["runtimeClassName"] : []),
      ...(spec.priorityClassName ? ["priority", "preemptionPolicy"] : []),
    ),
  };
  for (const field of ["initContainers", "containers"])
    if (Array.isArray(spec[field])) fields[field] = listAt(spec, field).map(exported);
  const volumes = listAt(spec, "volumes").filter(volume => !tokens.includes(volume.name));
  if (spec.volumes !== undefined) fields.volumes = volumes;
  const tolerations = listAt(spec, "tolerations").filter(each => !isAdmissionsToleration(each));
  if (spec.tolerations !== undefined) fields.tolerations = tolerations;
  for (const field of ["volumes", "tolerations"])
    if (Array.isArray(fields[field]) && fields[field].length === 0) delete fields[field];
  return fields;
}

function exportedContainer(
  container: JsonMap,
  spec: JsonMap,
  { about, notes, images, ...place }: PodPlace,
  nextPort: () => number,
): JsonMap {
  const image = images.get(textAt(container, "image") ?? "");
  const label = `${about}, container ${container.name}`;
  if (!image) {
    for (const name of probeNames)
      if (isAsked(mapAt(container, name)))
        notes.add(
          label,
          `${name}: ${textAt(container, "image")} is no worker function, and cannot be asked as one`,
        );
    return container;
  }
  tellOfMemory(container, label, notes);
  const pulled = { ...container, image: image.reference, imagePullPolicy: "IfNotPresent" };
  const what = whatToRun(commandOf(container), image.code);
  if (what.command) return pulled;
  if (!isWorker(container, image)) return withoutAsked(without(pulled, "command"), label, notes);
  const port = nextPort();
  const args = what.args;
  const isProbed = isAsked(mapAt(container, "readinessProbe"));
  if (container.readinessProbe !== undefined && !isProbed)
    notes.add(
      label,
      "readinessProbe: it counts for connections; messages reach the function as soon as it runs, unless the probe is a request or event-loop",
    );
  const probes = probeNames.flatMap(name => {
    const probe = mapAt(container, name);
    return isAsked(probe) ? [[name, askedOverHttp(probe, name, port)] as const] : [];
  });
  const hooks = mapAt(container, "lifecycle");
  const lifecycle = Object.fromEntries(
    Object.entries(hooks).map(([name, hook]) => {
      const handler = mapAt(hook);
      return [name, isAsked(handler) ? askedOverHttp(handler, name, port) : hook];
    }),
  );
  const questions = [
    ...probes.map(([, probe]) => probe),
    ...Object.values(lifecycle).map(hook => mapAt(hook)),
  ].flatMap(handler => {
    const { path, port: at } = mapAt(handler, "httpGet");
    return at === port && typeof path === "string" ? [path] : [];
  });
  const told: Record<string, string | JsonMap | undefined> = {
    ...Object.fromEntries(
      place.natsKeys.map(key => [
        natsVariables[key] ?? variables.nats,
        { secretKeyRef: { name: place.natsSecret, key } },
      ]),
    ),
    [variables.function]: what.functionName,
    [variables.services]: place.services.join(" ") || undefined,
    [variables.name]: place.name,
    [variables.pod]: { fieldRef: { fieldPath: "metadata.name" } },
    [variables.namespace]: { fieldRef: { fieldPath: "metadata.namespace" } },
    [variables.node]: { fieldRef: { fieldPath: "spec.nodeName" } },
    [variables.container]: String(container.name),
    [variables.labels]: Object.keys(place.labels).length > 0 ? JSON.stringify(place.labels) : undefined,
    [variables.port]: String(port),
    [variables.questions]: JSON.stringify(questions),
    [variables.readiness]: isProbed ? "probe" : undefined,
    [variables.grace]: String(spec.terminationGracePeriodSeconds ?? 30),
  };
  const given = listAt(container, "env");
  for (const { name } of given)
    if (Object.hasOwn(told, String(name)))
      notes.add(label, `env ${name}: the runtime reads a variable of this name, and takes its own value`);
  const env = Object.entries(told).flatMap(([name, value]) =>
    value === undefined ? [] : [typeof value === "string" ? { name, value } : { name, valueFrom: value }],
  );
  return {
    ...without(pulled, "command", "args", ...(Object.keys(hooks).length > 0 ? ["lifecycle"] : [])),
    ...Object.fromEntries(probes),
    ...(args.length > 0 && { args: [...args] }),
    ...(Object.keys(hooks).length > 0 && { lifecycle }),
    env: [...given.filter(({ name }) => !Object.hasOwn(told, String(name))), ...env],
  };
}

function isWorker(container: JsonMap, image: ExportedImage | undefined): boolean {
  if (!image) return false;
  const what = whatToRun(commandOf(container), image.code);
  return what.command === undefined && !image.isProgram;
}

function commandOf(container: JsonMap) {
  return { command: textsAt(container, "command"), args: textsAt(container, "args") };
}

/** A program cannot be asked by messages. */
function withoutAsked(container: JsonMap, label: string, notes: Notes): JsonMap {
  const asked = probeNames.filter(name => isAsked(mapAt(container, name)));
  for (const name of asked)
    notes.add(
      label,
      `${name}: it is left out, for a program runs without the runtime that would answer; give it httpGet or tcpSocket`,
    );
  return without(container, ...asked);
}

function tellOfVolumes(spec: JsonMap, { about, notes }: PodPlace): void {
  for (const volume of listAt(spec, "volumes")) {
    const path = textAt(mapAt(volume, "hostPath"), "path");
    if (path !== undefined)
      notes.add(
        about,
        `volume ${volume.name}: hostPath ${path} is a folder of this machine; nodes elsewhere do not have it`,
      );
    const driver = textAt(mapAt(volume, "csi"), "driver");
    if (driver?.endsWith(".k4s.dev"))
      notes.add(about, `volume ${volume.name}: the storage driver ${driver} is k4s' own`);
  }
}

function tellOfMemory(container: JsonMap, label: string, notes: Notes): void {
  const limit = mapAt(container, "resources", "limits").memory;
  if (limit === undefined) return;
  const bytes = quantityToNumber(String(limit));
  if (bytes < leastMemory)
    notes.add(
      label,
      `limits.memory ${limit}: here the heap of a thread, there all memory of a Node process, which takes some 50 MB before it begins`,
    );
}

/** The volume of a service account's token, which admission adds to each pod. */
function isAdmissions(volume: JsonMap): boolean {
  return volume.projected !== undefined && String(volume.name).startsWith("kube-api-access-");
}

function withoutTokens(container: JsonMap, tokens: readonly JsonMap[string][]): JsonMap {
  if (tokens.length === 0 || container.volumeMounts === undefined) return container;
  const mounts = listAt(container, "volumeMounts").filter(({ name }) => !tokens.includes(name));
  return mounts.length > 0 ? { ...container, volumeMounts: mounts } : without(container, "volumeMounts");
}

function isAdmissionsToleration({ key, operator, effect, tolerationSeconds }: JsonMap): boolean {
  const isNodes = key === "node.kubernetes.io/not-ready" || key === "node.kubernetes.io/unreachable";
  return isNodes && operator === "Exists" && effect === "NoExecute" && tolerationSeconds === 300;
}
