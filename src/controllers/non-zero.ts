/** Kubernetes leaves counts that are zero out of a status. */
export function nonZero<F extends string>(field: F, count: number): { readonly [K in F]?: number } {
  return count === 0 ? {} : ({ [field]: count } as { readonly [K in F]: number });
}
