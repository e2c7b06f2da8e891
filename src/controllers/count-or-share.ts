/** Numbers that may be a share of others, as `maxUnavailable: 25%`. */

/** The count, or the share of `total`; a share is rounded up unless `round` says otherwise. */
export function countOf(value: number | string, total: number, round = Math.ceil): number {
  return typeof value === "number" ? value : round((total * Number.parseInt(value, 10)) / 100);
}
