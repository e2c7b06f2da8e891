/**
 * What runs in a cluster, as ordinary manifests of Kubernetes and the folders of its images. Everything is put together before anything is
 * written: whoever exports reads the objects, and gets files and notes back.
 */
import { ApiError } from "../errors/index.ts";
import type { NatsOptions } from "../network/index.ts";
import { type JsonMap, KindRegistry } from "../resources/index.ts";
import { type ExportedImage, exportedImages, imageFolder } from "./images/index.ts";
import { type Note, Notes } from "./notes.ts";
import {
  type ApiObject,
  bareMetadata,
  groupOf,
  isClustersOwn,
  listAt,
  mapAt,
  nameOf,
  textAt,
  textsIn,
  withFields,
  withoutDefaults,
} from "./objects/index.ts";
import { otherObject } from "./other-objects.ts";
import { containersIn, exportedPodSpec, runsWorkers } from "./pods/index.ts";
import { inScope } from "./scope.ts";
import { type ExportedService, exportedService, type Workload, workloadOf } from "./workloads/index.ts";
import {
  manifestFiles,
  type NatsAccess,
  type NatsNames,
  natsAccess,
  natsNames,
  natsServer,
} from "./written/index.ts";

export interface ExportOptions {
  /** Only of this namespace, and what it needs of the cluster. */
  readonly namespace?: string | undefined;
  /** Where images are found. */
  readonly images: readonly string[];
  /** The NATS of the other cluster; a server comes along where it is left out. */
  readonly nats?: NatsOptions | undefined;
  /** Where images are pushed: `registry.example/shop`. */
  readonly registry?: string | undefined;
  /** What was not read, for who exports may not: it is missing. */
  readonly unread?: readonly string[];
  /** The version of Node that images stand on: `22`. */
  readonly node: string;
}

export interface Exported {
  readonly files: ReadonlyMap<string, string | Buffer>;
  readonly notes: readonly Note[];
  readonly objects: readonly ApiObject[];
  readonly images: readonly ExportedImage[];
}

/** The class that every cluster of k4s has from the start. */
const ownClass = "standard";

/** @param all everything that the cluster has, or may be read of it */
export async function exported(all: readonly ApiObject[], options: ExportOptions): Promise<Exported> {
  const notes = new Notes();
  const { unread = [] } = options;
  if (unread.length > 0)
    notes.add("rights", `who exported may not list these, and none of them is here: ${unread.join(", ")}`);
  const declared = all.filter(each => !isClustersOwn(each));
  const chosen = declared.filter(inScope(declared, options.namespace));
  const workloads: Workload[] = [];
  const services: ApiObject[] = [];
  const others: ApiObject[] = [];
  const templates = new Set(
    all.flatMap(each => (isCopied(each) ? [`${each.metadata.namespace}/${copiedFrom(each)}`] : [])),
  );
  for (const object of chosen) {
    if (hasEnded(object)) {
      notes.add(nameOf(object), "it is left out: it has ended, and would run again");
      continue;
    }
    const workload = workloadOf(object, { all, notes });
    if (workload) workloads.push(workload);
    else if (object.kind === "Service" && groupOf(object) === "") services.push(object);
    else if (object.kind !== "ReplicaSet") others.push(object);
  }
  for (const each of all)
    if (each.kind === "StorageClass" && each.metadata.name !== ownClass && isClustersOwn(each))
      notes.add(
        nameOf(each),
        "its driver is here alone: its claims take the default class there, with the reclaimPolicy of that",
      );
  for (const key of templates)
    notes.add(`Container ${key}`, "it is a template too, and runs beside its copies as it did");
  const names = new Set(
    workloads.flatMap(({ template }) =>
      containersIn(template.spec).flatMap(each => textAt(each, "image") ?? []),
    ),
  );
  const images = await exportedImages(names, options.images, notes);
  tellOfStrayImages(all, { names, images }, options, notes);
  const exportedServices = services.map(service => exportedService(service, workloads, notes));
  const kinds = new KindRegistry();
  const nats = natsNames(declared);
  const access = natsAccess(options.nats, nats);
  for (const { object, workloads: behind } of exportedServices)
    if (
      mapAt(object, "spec").sessionAffinity === "ClientIP" &&
      [...behind].some(({ template }) => runsWorkers(template.spec, images))
    )
      notes.add(nameOf(object), "sessionAffinity: it holds for connections; messages go to any of its pods");
  const finished = [
    ...exportedServices.map(({ object }) => object),
    ...workloads.map(workload =>
      withTemplate(workload, { services: exportedServices, images, nats, access, notes }),
    ),
    ...others.flatMap(each => otherObject(each, { all, notes }) ?? []),
  ].map(each => slim(each, kinds, notes));
  const withWorkers = new Set(
    workloads.flatMap(({ object, template }) =>
      runsWorkers(template.spec, images) ? [object.metadata.namespace ?? "default"] : [],
    ),
  );
  const messages = natsServer(withWorkers, nats, access, options.nats !== undefined);
  if (withWorkers.size > 0) tellOfMessages(finished, nats, notes);
  const objects = [...finished, ...messages];
  const used = [...new Set(images.values())];
  const files = new Map<string, string | Buffer>();
  for (const image of used) {
    const isUnprivileged = workloads.some(each => demandsNoRoot(each, image, images));
    const folder = await imageFolder(image.code.filename, {
      isProgram: image.isProgram,
      isUnprivileged,
      node: options.node,
      images: options.images,
    });
    for (const [path, content] of folder.files) files.set(`images/${image.folder}/${path}`, content);
    for (const [name, version] of folder.module.packages)
      if (version === undefined)
        notes.add(
          `image ${image.name}`,
          `the package ${name} was not found: its newest version is installed`,
        );
    if (folder.module.problem !== undefined)
      notes.add(`image ${image.name}`, `the files beside it do not go along: ${folder.module.problem}`);
    if (folder.module.isOpen)
      notes.add(
        `image ${image.name}`,
        "it computes what it imports: what that is goes along only where it lies in the module's own folder",
      );
    for (const file of folder.module.lost)
      notes.add(
        `image ${image.name}`,
        `it names ${file}, which does not go along: it is not there, or lies outside of the images folders`,
      );
    if (folder.module.readsUnknown)
      notes.add(
        `image ${image.name}`,
        `it uses node:fs, and has no folder to itself: of the files beside it those go along that it names as new URL("./…", import.meta.url)`,
      );
  }
  for (const [path, text] of manifestFiles({
    objects,
    images: used,
    notes: notes.all,
    options: { registry: options.registry, hasNats: options.nats !== undefined, names: nats },
  }))
    files.set(path, text);
  return { files, notes: notes.all, objects, images: used };
}

interface Beside {
  readonly services: readonly ExportedService[];
  readonly images: ReadonlyMap<string, ExportedImage>;
  readonly nats: NatsNames;
  readonly access: NatsAccess;
  readonly notes: Notes;
}

function withTemplate(workload: Workload, { services, images, nats, access, notes }: Beside): ApiObject {
  const { template, about, name } = workload;
  const of = services.filter(each => each.workloads.has(workload));
  const bare = bareMetadata(template.metadata);
  tellOfAnnotations(
    bare.ours.filter(each => each !== "k4s.dev/copies" && each !== "k4s.dev/container"),
    about,
    notes,
  );
  const labels = {
    ...textsIn(mapAt(bare.metadata, "labels")),
    ...Object.fromEntries(of.flatMap(({ label }) => (label === undefined ? [] : [[label, "yes"]]))),
  };
  const spec = exportedPodSpec(template.spec, {
    about,
    labels,
    name,
    natsSecret: nats.secret,
    natsKeys: Object.keys(access),
    isBare: workload.object.kind === "Pod",
    images,
    notes,
    services: of.map(({ object, pod }) =>
      pod === undefined ? object.metadata.name : `${object.metadata.name}=${pod}`,
    ),
  });
  const metadata: JsonMap = { ...bare.metadata, ...(Object.keys(labels).length > 0 && { labels }) };
  return workload.with(Object.keys(metadata).length > 0 ? { metadata, spec } : { spec });
}

function slim(object: ApiObject, kinds: KindRegistry, notes: Notes): ApiObject {
  const { metadata, ours } = bareMetadata(object.metadata);
  tellOfAnnotations(ours, nameOf(object), notes);
  const bare = withFields(object, { metadata }, "status");
  const known = kinds.served(object)?.kind;
  return ordered(withoutDefaults(bare, known));
}

/** As people write it. */
function ordered({ apiVersion, kind, metadata, ...rest }: ApiObject): ApiObject {
  return { apiVersion, kind, metadata, ...rest };
}

function tellOfAnnotations(ours: readonly string[], about: string, notes: Notes): void {
  for (const each of ours) notes.add(about, `the annotation ${each} is left out: only k4s knows it`);
}

/** Over NATS no policy is asked, and nobody proves who sends. */
function tellOfMessages(objects: readonly ApiObject[], nats: NatsNames, notes: Notes): void {
  notes.add(
    "messages",
    `whoever reaches the NATS server may send to every worker function and read what is sent: give it accounts, and a URL with a password in the Secret ${nats.secret}`,
  );
  if (objects.some(({ kind }) => kind === "NetworkPolicy"))
    notes.add(
      "NetworkPolicies",
      "they hold for connections only: messages go over NATS, and where egress is denied, the way to the NATS server (port 4222) has to be allowed",
    );
}

/**
 * Images that ran here from modules, and are none that go along: elsewhere a registry would be asked for them.
 * @throws {ApiError} BadRequest where no folder was named at all
 */
function tellOfStrayImages(
  all: readonly ApiObject[],
  {
    names,
    images,
  }: { readonly names: ReadonlySet<string>; readonly images: ReadonlyMap<string, ExportedImage> },
  { images: folders, namespace }: ExportOptions,
  notes: Notes,
): void {
  const stray = new Set(
    all
      .filter(
        ({ kind, metadata }) => kind === "Pod" && (namespace ?? metadata.namespace) === metadata.namespace,
      )
      .flatMap(pod => modulesOf(pod))
      .filter(image => names.has(image) && !images.has(image)),
  );
  if (stray.size === 0) return;
  if (folders.length === 0)
    throw new ApiError(
      "BadRequest",
      `${[...stray].join(", ")} ran from images folders: name these (--images FOLDER), so that they go along`,
    );
  for (const image of stray)
    notes.add(
      `image ${image}`,
      `it ran from a module, which no folder that was named has by this name: it stays as it is, and a registry has to have it`,
    );
}

/** The images of its containers that are modules: these have a digest alone, others the registry that they would come from. */
function modulesOf(pod: ApiObject): string[] {
  const containers = containersIn(mapAt(pod, "spec"));
  const statuses = ["initContainerStatuses", "containerStatuses"].flatMap(field =>
    listAt(mapAt(pod, "status"), field),
  );
  return statuses.flatMap(({ name, imageID }) =>
    String(imageID).startsWith("sha256:")
      ? (textAt(containers.find(each => each.name === name) ?? {}, "image") ?? [])
      : [],
  );
}

/** A pod that is over, or a Job. */
function hasEnded(object: ApiObject): boolean {
  if (object.kind === "Pod") return ["Succeeded", "Failed"].includes(String(mapAt(object, "status").phase));
  if (object.kind !== "Job") return false;
  return listAt(mapAt(object, "status"), "conditions").some(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
}

function isCopied(object: ApiObject): boolean {
  return object.kind === "ReplicaSet" && copiedFrom(object) !== undefined;
}

function copiedFrom(object: ApiObject): string | undefined {
  return textAt(mapAt(object, "spec", "template", "metadata", "annotations"), "k4s.dev/container");
}

function demandsNoRoot(
  { template: { spec } }: Workload,
  image: ExportedImage,
  images: ReadonlyMap<string, ExportedImage>,
): boolean {
  return containersIn(spec).some(container => {
    if (images.get(textAt(container, "image") ?? "") !== image) return false;
    const whole = mapAt(spec, "securityContext");
    const own = mapAt(container, "securityContext");
    return (
      (own.runAsNonRoot ?? whole.runAsNonRoot) === true && (own.runAsUser ?? whole.runAsUser) === undefined
    );
  });
}
