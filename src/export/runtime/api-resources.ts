/** What the Kubernetes API has: which resource a word means, and where its objects are. Each group is asked in the version that it prefers. */

// biome-ignore lint/suspicious/noExplicitAny: the fields of an object are those of its kind, as in WorkerApi.
export type Data = Record<string, any>;

export interface Resource {
  /** Of its group and version: `/apis/apps/v1`. */
  readonly root: string;
  readonly plural: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly names: readonly string[];
  readonly isNamespaced: boolean;
}

/** All that the server tells of. */
export async function resourcesOf(json: (path: string) => Promise<Data>): Promise<Resource[]> {
  const groups = ((await json("/apis")).groups as Data[]).map(({ preferredVersion }) => preferredVersion);
  const versions = ["/api/v1", ...groups.map(({ groupVersion }) => `/apis/${groupVersion}`)];
  // A group that cannot be reached is none that is known.
  const lists = await Promise.all(versions.map(path => json(path).catch(() => ({ resources: [] }))));
  return lists.flatMap(({ resources, groupVersion }: Data, i) =>
    (resources as Data[])
      .filter(({ name }) => !name.includes("/"))
      .map(({ name, singularName, kind, namespaced, shortNames = [] }) => ({
        root: versions[i] ?? "",
        plural: name,
        kind,
        apiVersion: groupVersion,
        names: [name, singularName, kind.toLowerCase(), ...shortNames],
        isNamespaced: namespaced,
      })),
  );
}

/** Where the objects are, or one of them. */
export function pathOf(
  { root, plural, isNamespaced }: Resource,
  namespace: string | undefined,
  name?: string,
): string {
  const within =
    isNamespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${within}/${plural}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
}
