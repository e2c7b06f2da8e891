/**
 * What is in a volume that k4s fills: the entries of a ConfigMap or a Secret, fields of the pod (downward API), a token, or
 * several of these together (projected). Which of the entries, under which names and with which modes, the volume says.
 */
import type {
  ConfigMap,
  DownwardAPIVolumeFile,
  KeyToPath,
  KubernetesObject,
  Secret,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from "../../resources/index.ts";

interface VolumeFile {
  readonly bytes: Uint8Array;
  /** As in chmod. */
  readonly mode: number;
}

/** By path within the volume. */
export type Content = ReadonlyMap<string, VolumeFile>;

/** Where the entries come from. */
export interface Sources {
  /** Looks in the pod's namespace. */
  readonly lookup: (kind: "ConfigMap" | "Secret", name: string) => KubernetesObject | undefined;
  /** A field of the pod, or an amount, as text. */
  readonly field: (file: DownwardAPIVolumeFile) => string;
  readonly token: (projection: ServiceAccountTokenProjection) => Promise<string>;
}

/** The volume cannot be filled; the message says why in the kubelet's words. */
export class VolumeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "VolumeError";
  }
}

/** The volume is on another node, and cannot be on two. */
export class AttachError extends VolumeError {
  constructor(message: string) {
    super(message);
    this.name = "AttachError";
  }
}

/** Undefined where the volume is not one that is filled. Throws a VolumeError where something is missing. */
export async function contentOf(volume: Volume, sources: Sources): Promise<Content | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume;
  const { defaultMode = 0o644 } = configMap ?? secret ?? downwardAPI ?? projected ?? {};
  const projections: VolumeProjection[] = [
    ...(configMap ? [{ configMap }] : []),
    ...(secret ? [{ secret: { ...secret, name: secret.secretName } }] : []),
    ...(downwardAPI ? [{ downwardAPI }] : []),
    ...(projected?.sources ?? []),
  ];
  if (projections.length === 0 && !projected) return undefined;
  const content = new Map<string, VolumeFile>();
  for (const projection of projections) {
    for (const [path, file] of await entriesOf(projection, defaultMode, sources)) {
      assertInside(path);
      content.set(path, file);
    }
  }
  return content;
}

/** What can be put together in a projected volume; a pod with another source waits for it. */
const projected = ["configMap", "secret", "downwardAPI", "serviceAccountToken"] as const;

async function entriesOf(
  projection: VolumeProjection,
  mode: number,
  sources: Sources,
): Promise<[string, VolumeFile][]> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = projection;
  const kind = Object.keys(projection)[0];
  if (configMap)
    return chosen(
      dataOf("ConfigMap", configMap, sources),
      configMap,
      mode,
      "configmap references non-existent config key",
    );
  if (secret)
    return chosen(dataOf("Secret", secret, sources), secret, mode, "references non-existent secret key");
  if (downwardAPI) {
    return (downwardAPI.items ?? []).map(file => [
      file.path,
      { bytes: Buffer.from(sources.field(file)), mode: file.mode ?? mode },
    ]);
  }
  if (!serviceAccountToken) {
    if (kind === undefined) return [];
    throw new VolumeError(`k4s has no projected sources of the kind ${kind}, only ${projected.join(", ")}`);
  }
  const token = await sources.token(serviceAccountToken);
  return [[serviceAccountToken.path, { bytes: Buffer.from(token), mode }]];
}

interface Source {
  readonly name?: string;
  readonly optional?: boolean;
  readonly items?: readonly KeyToPath[];
}

function dataOf(
  kind: "ConfigMap" | "Secret",
  { name = "", optional = false }: Source,
  { lookup }: Sources,
): ReadonlyMap<string, Uint8Array> {
  const object = lookup(kind, name);
  if (!object && !optional) throw new VolumeError(`${kind.toLowerCase()} "${name}" not found`);
  const data = new Map<string, Uint8Array>();
  const isSecret = kind === "Secret";
  const texts = (object as ConfigMap | Secret | undefined)?.data ?? {};
  for (const [key, text] of Object.entries(texts))
    data.set(key, Buffer.from(text, isSecret ? "base64" : "utf8"));
  const { binaryData = {} } = (object ?? {}) as Partial<ConfigMap>;
  for (const [key, text] of Object.entries(binaryData)) data.set(key, Buffer.from(text, "base64"));
  return data;
}

function chosen(
  data: ReadonlyMap<string, Uint8Array>,
  { items, optional = false }: Source,
  mode: number,
  missing: string,
): [string, VolumeFile][] {
  if (!items) return [...data].map(([key, bytes]) => [key, { bytes, mode }]);
  return items.flatMap(({ key, path, mode: own }): [string, VolumeFile][] => {
    const bytes = data.get(key);
    if (bytes) return [[path, { bytes, mode: own ?? mode }]];
    if (optional) return [];
    throw new VolumeError(`${missing}: ${key}`);
  });
}

/** Validation has refused such paths; nothing is ever written outside of the volume. */
function assertInside(path: string): void {
  if (leadsOutside(path))
    throw new VolumeError(`invalid path ${JSON.stringify(path)}: it leads out of the volume`);
}

/** A path within a volume that names something else; where it depends on variables, no validation has seen it. */
export function leadsOutside(path: string): boolean {
  const hasDrive = process.platform === "win32" && path.includes(":");
  return path.startsWith("/") || path.includes("\\") || path.split("/").includes("..") || hasDrive;
}
