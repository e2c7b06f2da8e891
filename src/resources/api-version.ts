/** The text in which an object names its group and version: `apps/v1`; of the group without a name, the version alone. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

export function apiVersionOf({ group, version }: GroupVersion): string {
  return group ? `${group}/${version}` : version;
}

export function groupVersionOf(apiVersion: string): GroupVersion {
  const slash = apiVersion.indexOf("/");
  return { group: apiVersion.slice(0, Math.max(slash, 0)), version: apiVersion.slice(slash + 1) };
}
